"""Rows as an aligned table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Heads and rows with columns aligned, the first `left` to the left, the others to the right, the last as it is if text."""
    lines = [heads, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    numeric = [
        all(not row[i] or row[i].replace(",", "").replace("\xa0", "").isdigit() for row in rows)
        for i in range(len(heads))
    ]
    out = []
    for number, line in enumerate(lines):
        cells = [
            text.rjust(width) if i >= left and numeric[i] else text.ljust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.append("  ".join(cells).rstrip())
        if number == 0:
            out.append("  ".join("-" * width for width in widths))
    return "\n".join(out)
