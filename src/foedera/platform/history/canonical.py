"""The one way in which actions, entries, personal values and seals are written as bytes before they are hashed.

A document is JSON in UTF-8: keys sorted by code point, no white space, no escapes but those that JSON demands, numbers exactly as the
database wrote them (1.50 stays 1.50). Moments are UTC with microseconds, "2026-11-23T19:08:53.000001Z".

    action  {"action":{"at","body_id","channel","id","name","person_id","person_name","reason","request_id","role"}}
    entry   {"entry":{"action","after","at","before","id","operation","row","subject","subject_table","table"}}
    seal    {"seal":{"at","count","format":1,"members","number","previous","root"}}

`previous` and `root` are hexadecimal; `previous` of the first seal is empty. `members` names what is under the seal in the order of its
leaves, as spans of ids: "a1-20 e1-55 e57" are actions 1 to 20, entries 1 to 55 and entry 57.

A personal value stands in `before` and `after` as {"committed": h}; h is the hexadecimal SHA-256 of the salt's text, a colon and the
canonical value. Without the salt, which is erased with the value, nobody can find out by trying what the value was.

No database and no Django.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

COMMITTED = "committed"


class Verbatim(str):
    """A number with a fraction or an exponent, kept as it was written."""

    __slots__ = ()


def parse(text: str | bytes) -> Any:
    """A JSON text as values, numbers with a fraction kept as written. Raises ValueError."""
    return json.loads(text, parse_float=Verbatim)


def canonical(value: Any) -> bytes:
    """The bytes of a document. Raises TypeError for what is no JSON."""
    return "".join(_pieces(value)).encode("utf-8", "surrogatepass")


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, Verbatim):
        yield str(value)
    elif isinstance(value, dict):
        yield "{"
        for place, key in enumerate(sorted(value)):
            yield f"{',' if place else ''}{_text(key)}:"
            yield from _pieces(value[key])
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for place, item in enumerate(value):
            if place:
                yield ","
            yield from _pieces(item)
        yield "]"
    elif value is None or isinstance(value, bool | int):
        yield json.dumps(value)
    elif isinstance(value, str):
        yield _text(value)
    else:
        raise TypeError(f"{type(value).__name__} is no JSON")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def commitment(salt: str, value: Any) -> str:
    """What stands in the history in place of a personal value."""
    return hashlib.sha256(salt.encode() + b":" + canonical(value)).hexdigest()


def spans(members: Iterable[tuple[str, int]]) -> str:
    """Members of a seal as text: kind "a" (action) or "e" (entry) and ids, in the order of their leaves."""
    written: list[str] = []
    kind, first, last = "", 0, 0
    for member_kind, key in members:
        if member_kind == kind and key == last + 1:
            last = key
            continue
        if kind:
            written.append(_span(kind, first, last))
        kind, first, last = member_kind, key, key
    if kind:
        written.append(_span(kind, first, last))
    return " ".join(written)


def _span(kind: str, first: int, last: int) -> str:
    return f"{kind}{first}" if first == last else f"{kind}{first}-{last}"


def members_of(text: str) -> list[tuple[str, int]]:
    """The members that `spans` wrote. Raises ValueError."""
    members: list[tuple[str, int]] = []
    for span in text.split():
        first, _dash, last = span[1:].partition("-")
        if span[0] not in "ae" or int(last or first) - int(first) > 10_000_000:
            raise ValueError(span)
        members.extend((span[0], key) for key in range(int(first), int(last or first) + 1))
    return members


def seal_document(
    *, number: int, at: str, previous: str, root: str, members: Sequence[tuple[str, int]]
) -> dict[str, Any]:
    """The document of a seal."""
    return {
        "seal": {
            "format": 1,
            "number": number,
            "at": at,
            "previous": previous,
            "root": root,
            "count": len(members),
            "members": spans(members),
        }
    }
