"""Views of lists that people keep by name: filters, columns, sorting and grouping in one; for oneself, one's body, or everyone."""
