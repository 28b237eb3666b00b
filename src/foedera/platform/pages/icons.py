"""The few icons of the pages, drawn on a grid of 24 by 24 with a round pen. Each name says what is drawn."""

from django.utils.safestring import SafeString, mark_safe

_DRAWINGS: dict[str, str] = {
    "rings": '<circle cx="9" cy="12" r="6"/><circle cx="15" cy="12" r="6"/>',
    "desk": '<path d="M3 9h18M5 9v11M19 9v11M12 9v5h7"/><path d="M9 9V5h6v4"/>',
    "document": '<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4M9 12h6M9 16h6"/>',
    "documents": '<path d="M8 3h7l4 4v11H8z"/><path d="M15 3v4h4M5 7v14h10"/>',
    "scales": '<path d="M12 4v16M8 20h8M5 7h14"/><path d="M5 7l-3 7h6zM19 7l-3 7h6z"/>',
    "plane": '<path d="M3 13l18-8-6 16-3.500-6.500z"/>',
    "calendar": '<rect x="4" y="5" width="16" height="16" rx="2"/><path d="M4 10h16M9 3v4M15 3v4"/>',
    "star": '<path d="M12 4l2.500 5.200 5.500.8-4 4 1 5.700-5-2.700-5 2.700 1-5.700-4-4 5.500-.8z"/>',
    "works": '<path d="M3 21V11l6 4v-4l6 4V5h5v16z"/>',
    "house": '<path d="M4 11l8-7 8 7M6 10v10h12V10M10 20v-6h4v6"/>',
    "checks": '<path d="M4 7l2 2 3-4M4 17l2 2 3-4M12 7h8M12 17h8"/>',
    "people": '<circle cx="9" cy="8" r="3.500"/><path d="M2.500 20c.5-4 3-6 6.500-6s6 2 6.500 6"/>'
    '<path d="M15.500 5a3.500 3.500 0 0 1 0 6.500M18 14.500c2 .8 3.200 2.700 3.500 5.500"/>',
    "building": '<path d="M4 21V9l8-5 8 5v12M3 21h18M9 21v-9M15 21v-9"/>',
    "arrows": '<path d="M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4"/>',
    "megaphone": '<path d="M4 10v4h3l9 5V5l-9 5zM19 10a3 3 0 0 1 0 4M7 14l1 6h3"/>',
    "eye": '<path d="M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7z"/><circle cx="12" cy="12" r="3"/>',
    "review": '<path d="M5 4h14v9M5 4v16h7M8 8h8M8 12h5"/><path d="M14 18l2.500 2.500L21 16"/>',
    "map": '<path d="M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14"/>',
    "globe": '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c5 6 5 12 0 18-5-6-5-12 0-18z"/>',
    "chart": '<path d="M4 4v16h16M8 16v-5M12 16V8M16 16v-3"/>',
    "upload": '<path d="M12 16V4M7 9l5-5 5 5M4 16v4h16v-4"/>',
    "download": '<path d="M12 4v12M7 11l5 5 5-5M4 16v4h16v-4"/>',
    "search": '<circle cx="10.500" cy="10.500" r="6.500"/><path d="M15.500 15.500L21 21"/>',
    "inbox": '<path d="M4 13l2-8h12l2 8v6H4zM4 13h5l1 3h4l1-3h5"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2"/>',
    "moon": '<path d="M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500z"/>',
    "screen": '<rect x="3" y="4" width="18" height="12" rx="1.500"/><path d="M8 20h8M12 16v4"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c.5-5 3.500-7 8-7s7.500 2 8 7"/>',
    "menu": '<path d="M4 6h16M4 12h16M4 18h16"/>',
    "more": '<path d="M5 12h.01M12 12h.01M19 12h.01"/>',
    "down": '<path d="M6 9l6 6 6-6"/>',
    "up": '<path d="M6 15l6-6 6 6"/>',
    "left": '<path d="M15 5l-7 7 7 7"/>',
    "right": '<path d="M9 5l7 7-7 7"/>',
    "close": '<path d="M5 5l14 14M19 5L5 19"/>',
    "check": '<path d="M4 13l5 5L20 6"/>',
    "plus": '<path d="M12 4v16M4 12h16"/>',
    "minus": '<path d="M4 12h16"/>',
    "filter": '<path d="M3 5h18l-7 8v6l-4 2v-8z"/>',
    "columns": '<rect x="3" y="4" width="18" height="16" rx="1.500"/><path d="M9 4v16M15 4v16"/>',
    "bookmark": '<path d="M6 3h12v18l-6-5-6 5z"/>',
    "warning": '<path d="M12 4L2 20h20zM12 10v5M12 17.500v.01"/>',
    "information": '<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7.500v.01"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.500 2"/>',
    "history": '<path d="M4 5v5h5"/><path d="M4.500 10A8.500 8.500 0 1 1 4 14"/><path d="M12 8v4.500l3 2"/>',
    "print": '<path d="M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z"/>',
    "lock": '<rect x="5" y="11" width="14" height="10" rx="1.500"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "key": '<circle cx="8" cy="15" r="4"/><path d="M11 12l9-9M16 7l3 3"/>',
    "gear": '<circle cx="12" cy="12" r="3.500"/><circle cx="12" cy="12" r="7.500" stroke-dasharray="3 2.900"/>',
    "exit": '<path d="M10 4H4v16h6M9 12h12M17 8l4 4-4 4"/>',
}


def icon_names() -> tuple[str, ...]:
    """Return the names of all icons."""
    return tuple(_DRAWINGS)


def _drawn(name: str) -> SafeString:
    return mark_safe(  # noqa: S308 - constants of this file
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{_DRAWINGS[name]}</svg>"
    )


_DRAWN = {name: _drawn(name) for name in _DRAWINGS}


def icon_markup(name: str) -> SafeString:
    """Return the inline SVG of an icon; an unknown name is a mistake of the caller and raises KeyError."""
    return _DRAWN[name]
