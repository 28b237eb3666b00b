"""What is shown of a hit: its title in the reader's language and the words around those that were asked for.

Only records of the page are read, once more through the policy of their type; text comes as pieces, marked or not, never as
markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value

from foedera.platform.access.actors import Actor
from foedera.platform.access.database.preparing import prepared_cursor
from foedera.platform.lists import composing, querying
from foedera.platform.lists.description import Context, RecordType

from .matching import Question
from .triggers import Source, searched
from .visibility import indexed_types

START, STOP = "\x02", "\x03"
TITLE = f"HighlightAll=true, StartSel={START}, StopSel={STOP}"
AROUND = f"MaxFragments=1, MaxWords=28, MinWords=10, StartSel={START}, StopSel={STOP}"
# As much of a text as is looked through for words to show.
MOST_OF_A_TEXT = 20_000

# A piece of text and whether it was asked for.
Piece = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A record that was found, and where its words stand: in its fields, or on a page of a file (0: the file has no pages)."""

    record_type: RecordType
    number: str
    title: str
    title_pieces: tuple[Piece, ...] = ()
    snippet: tuple[Piece, ...] = ()
    file: str = ""
    page: int = 0


def pieces(headline: str) -> tuple[Piece, ...]:
    """A marked text of the database as pieces."""
    made: list[Piece] = []
    for position, part in enumerate(headline.split(START)):
        marked, _sep, plain = part.partition(STOP) if position else ("", "", part)
        if marked:
            made.append((marked, True))
        if plain:
            made.append((plain, False))
    return tuple(made)


def shown(actor: Actor, what: Question, keys: Sequence[tuple[str, int]], *, snippets: bool) -> tuple[Hit, ...]:
    """The hits with these keys (record type, id) in their order; those that are not visible after all are left out."""
    by_type: dict[str, list[int]] = {}
    for name, record in keys:
        by_type.setdefault(name, []).append(record)
    found: dict[tuple[str, int], tuple[RecordType, str, str, str]] = {}
    for described in indexed_types():
        ids = by_type.get(described.name, [])
        if ids:
            read = _read(described, ids, actor)
            found.update({(described.name, key): (described, *values) for key, values in read.items()})
    kept = [key for key in keys if key in found]
    if not snippets:
        return tuple(Hit(record_type=r[0], number=r[1], title=r[2]) for r in (found[k] for k in kept))
    marked = _marked(what, [t for key in kept for t in found[key][2:]])
    # Marking the words of a page costs more than finding them, so it is done where the record's fields show none.
    silent = [key for position, key in enumerate(kept) if START not in marked[2 * position + 1]]
    pages: dict[tuple[str, int], tuple[str, int, str]] = {}
    for described in indexed_types():
        pages.update(_pages(described, [record for name, record in silent if name == described.name], what))
    hits = []
    for position, key in enumerate(kept):
        described, number, title, _text = found[key]
        heading, around = marked[2 * position], marked[2 * position + 1]
        file, page = "", 0
        if key in pages:
            file, page, around = pages[key]
        hits.append(
            Hit(
                record_type=described,
                number=number,
                title=title,
                title_pieces=pieces(heading),
                snippet=pieces(around) if START in around else (),
                file=file,
                page=page,
            )
        )
    return tuple(hits)


class Among(Func):
    """Whether the key of a row is one of the numbers, given as one parameter."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()

    def __init__(self, keys: list[int]) -> None:
        super().__init__(F("pk"), Value(keys, ArrayField(BigIntegerField())))


def _read(described: RecordType, ids: Sequence[int], actor: Actor) -> dict[int, tuple[str, str, str]]:
    """Of each visible record: number, title in the reader's language, the other searched words."""
    names = [c.path for c in searched(described)] + [name for name, _weight in described.search_extra]
    extra = tuple(dict.fromkeys(names))

    def compose() -> QuerySet[Any, Any]:
        context = Context(actor)
        rows = querying.without_withheld(described, querying.visible_rows(described, context), context)
        columns = [described.column("number"), described.column(described.title)]
        return querying.select(described, rows.filter(Among([composing.A_NUMBER])), columns, context, extra=extra)

    statement = composing.statement(("hits", described.name, actor.eyes), compose)
    read = {}
    for values in statement.rows(list(ids)):
        title = str(values[-1] if len(values) > len(extra) + 3 else "")
        texts = [_words(v) for v in values[2 : 2 + len(extra)]]
        read[values[0]] = (str(values[2 + len(extra)]), title, " · ".join(t for t in texts if t and t != title))
    return read


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(_words(v) for v in value.values() if v)
    return str(value)[:MOST_OF_A_TEXT] if value else ""


def _marked(what: Question, texts: Sequence[str]) -> list[str]:
    """Titles and texts, by turns, with the words asked for between START and STOP."""
    if not texts:
        return []
    clean = [t.replace(START, "").replace(STOP, "") for t in texts]
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT ts_headline('foedera', t, %s::tsquery, CASE WHEN n %% 2 = 1 THEN %s::text ELSE %s::text END) "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS u(t, n) ORDER BY n",
            [what.any_of, TITLE, AROUND, clean],
        )
        return [headline for (headline,) in cursor.fetchall()]


PAGES = """
SELECT b.record, b.name, CASE WHEN b.paged THEN b.position ELSE 0 END, ts_headline('foedera', b.words, %s::tsquery, %s)
FROM (
    SELECT DISTINCT ON (l.{record}) l.{record} AS record, l.{name} AS name, t.paged, p.position, translate(p.words, %s, '') AS words
    FROM {link} l
    JOIN platform_documents_filetext t ON t.file_id = l.{file}
    JOIN platform_documents_filepage p ON p.file_id = t.file_id
    WHERE l.{record} = ANY(%s) AND p.vector @@ %s::tsquery
    ORDER BY l.{record}, p.vector @@ %s::tsquery DESC, ts_rank(p.vector, %s::tsquery) DESC, l.id DESC, p.position
) b
"""


def _pages(described: RecordType, ids: Sequence[int], what: Question) -> dict[tuple[str, int], tuple[str, int, str]]:
    """Of each record whose files hold the words: the name of the file, the page, and the words there."""
    linked = described.search_files
    if linked is None or not ids:
        return {}
    link, record, file = Source.link(linked)
    sql = PAGES.format(link=link, record=record, file=file, name=linked.name)
    any_of = what.any_of
    with prepared_cursor() as cursor:
        cursor.execute(sql, [any_of, AROUND, START + STOP, composing.sized(list(ids)), any_of, what.query, any_of])
        return {(described.name, key): (name, page, words) for key, name, page, words in cursor.fetchall()}
