"""Pages of the coverage, and the outlines of its maps."""
