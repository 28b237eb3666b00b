"""Layout, components, charts and maps, static files and the languages of the pages."""
