"""What a question asks of the index, and the condition that an entry answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Value
from django.db.models.expressions import RawSQL

from foedera.platform.history.instants import present_instant

from .models import PastEntry, SearchEntry

if TYPE_CHECKING:
    from foedera.platform.lists.description import RecordType

MOST_TYPED = 200


@dataclass(frozen=True, slots=True)
class Question:
    """The words typed as the database takes them: for finding, for an identifier that they are as a whole, for showing any of
    them. Empty when the words say nothing."""

    words: str
    query: str
    identifier: str

    def __bool__(self) -> bool:
        return bool(self.query)

    @property
    def any_of(self) -> str:
        """The query that one of the words answers; the query itself where something is unwanted."""
        return self.query if "!" in self.query else self.query.replace(" & ", " | ")


def question(typed: str) -> Question:
    """What the words ask. They are taken apart once, so that the planner knows how common they are."""
    words = " ".join(typed.replace("\x00", " ").split())[:MOST_TYPED].strip()
    if not words:
        return Question("", "", "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT foedera_query(%s)::text, foedera_identifier_query(%s)::text", [words, words])
        query, identifier = cursor.fetchone()
    return Question(words, query, identifier)


# The same as `Finds`, of an entry `e`.
FINDS = "CASE WHEN e.whole IS NULL THEN e.own ELSE e.whole END @@ "


class Finds(Func):
    """Whether an entry answers a question, in its fields or in its files (the expression of the index)."""

    output_field = BooleanField()

    def __init__(self, asked: Question) -> None:
        super().__init__(F("whole"), F("own"), Value(asked.query))

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> Any:
        """As Func.as_sql."""
        (whole, _a), (own, _b), (query, params) = (compiler.compile(e) for e in self.source_expressions)
        return f"(CASE WHEN {whole} IS NULL THEN {own} ELSE {whole} END @@ {query}::tsquery)", params


# Words that stand since before the instant, and words that stood at it and have been changed since. As an array, so that the rows
# are looked up by what was found: the planner, which holds all versions of a record for hits, would go through the list instead.
IN_THE_PAST = f"""
SELECT unnest(ARRAY(SELECT e.record_id FROM public.{SearchEntry._meta.db_table} e
WHERE e.record_type = %s AND CASE WHEN e.whole IS NULL THEN e.own ELSE e.whole END @@ %s::tsquery AND e.known_from <= %s
UNION ALL
SELECT p.record_id FROM public.{PastEntry._meta.db_table} p
WHERE p.record_type = %s AND p.own @@ %s::tsquery AND p.known_from <= %s AND p.known_until > %s
))
"""  # noqa: S608 - names of ours


def matching_keys(record_type: RecordType, typed: str) -> Any:
    """Keys of the records of a type that the words find, whoever asks, as a sub-query: to be narrowed by what he may see.

    While the past is read, they are those that the words would have found then.
    """
    asked = question(typed)
    entries = SearchEntry.objects.filter(record_type=record_type.name)
    if not asked:
        return entries.none().values("record_id")
    instant = present_instant()
    if instant is None:
        return entries.filter(Finds(asked)).values("record_id")
    name, query = record_type.name, asked.query
    return RawSQL(IN_THE_PAST, [name, query, instant, name, query, instant, instant])  # noqa: S611 - parameters
