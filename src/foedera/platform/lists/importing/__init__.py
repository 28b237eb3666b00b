"""Imports: a file becomes rows, rows become records, in one transaction, and every fault is told by row and column.

The way of a file: `reading` (CSV, XLSX, JSON Lines, gzip) -> `mapping` (which column fills which field) -> `values` (the same
rules as forms and API) -> an adapter of a room (`adapters`: what a row means) -> `staging` (COPY into temporary tables) ->
`merging` (set-based: made, changed, unchanged) -> `report`. `running` holds it together; pages, command and job only call it.
"""
