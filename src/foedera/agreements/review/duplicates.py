"""Likely duplicates: two entries of the register that tell of one agreement. Pure.

Two entries are compared only if their parties are the same. They are told as a likely duplicate when their titles have
the same subject and nothing else tells them apart:

- **Subject.** The words of the titles without case, marks, common words and the names of the parties. Every word of one
  must stand in the other, up to spelling (ratio of at least 80 %); numbers and words of order ("second", "additional",
  "No. 3") must be the same. Titles in other languages are compared too, the best pair counts. Two titles in different
  scripts cannot be compared word by word: then only the same register number makes them repeats.
- **Dates of signature.** Agreements of different dates are different agreements, however alike their titles: a register
  holds a yearly protocol under one title many times. The dates must be able to be the same day; one precise to the day
  may differ by up to 3 days from another if the titles are the same word by word (a slip, or signature and last signature),
  by up to 31 if the register number is the same.
  If one date is not recorded, the titles must be the same word by word and have at least four words of subject.
- **Kind.** The same, or one of them "other".
- **Register number.** If both have one and the numbers differ, they are two agreements.
- Agreements that are linked (amends, replaces, implements, framework) know of each other and are no duplicates.

Machines propose: the parts of the likeness are kept as facts and shown side by side; a person decides.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from rapidfuzz import fuzz

NEAR_DAYS: Final = 3
NEAR_DAYS_SAME_NUMBER: Final = 31
# Letters that are words; other single letters tell protocols A and B apart.
_LETTERS: Final = frozenset("aeioвикосу")
WORD_LIKENESS: Final = 80.0
LEAST_WORDS_UNDATED: Final = 4
PARTIES_ALIKE: Final = 90.0
# So many candidates of one date are compared each with each; beyond that only those of the same words.
MOST_CANDIDATES: Final = 60

_WORD: Final = re.compile(r"\w+")
_COMMON_WORDS: Final = """
    a an and as at by for from in into of on or respecting regarding concerning relating relative the their to with between
    his her its majesty agreement memorandum understanding convention treaty protocol arrangement exchange notes note
    government governments republic federation state states kingdom union
    в во и к ко на о об от по при с со у для между или из соглашение меморандум договор протокол конвенция обмен нотами
    правительство правительством правительства правительствами республика республики республикой федерация федерации
    область области областью край края краем
    acordo memorando entendimento entre e de da do das dos o os para sobre governo republica estado
"""
_WORDS_OF_ORDER: Final = """
    first second third fourth fifth sixth seventh eighth ninth tenth additional supplementary supplemental further final
    interim provisional amending amendment annex part i ii iii iv v vi vii viii ix x north south east west northern southern
    eastern western upper lower new
    первый второй третий четвертый пятый дополнительный дополнительное дополнительного дополнении изменении изменения
    приложение часть северный южный восточный западный primeiro segundo terceiro adicional complementar emenda
"""
_COMMON: Final = frozenset(_COMMON_WORDS.split())
_ORDER: Final = frozenset(_WORDS_OF_ORDER.split())


class Entry(NamedTuple):
    """What is compared of one entry of the register."""

    row: int
    titles: tuple[str, ...]
    kind: str
    first_day: datetime.date | None
    last_day: datetime.date | None
    parties: tuple[str, ...]
    """Sorted keys of the parties: body, territory or normalised name."""
    party_words: str
    subject_areas: frozenset[str]
    register_number: str
    facts_recorded: int
    """How many facts are recorded, for proposing which entry stays."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two entries are likely one agreement; percentages are whole numbers."""

    title: int
    parties: int
    subject_areas: int | None
    same_kind: bool
    days_apart: int | None
    same_register_number: bool

    def as_facts(self) -> dict[str, Any]:
        """The parts as facts of the finding."""
        return {
            "title": self.title,
            "parties": self.parties,
            "subject_areas": self.subject_areas,
            "same_kind": self.same_kind,
            "days_apart": self.days_apart,
            "same_register_number": self.same_register_number,
        }


class Repeat(NamedTuple):
    """The entry that is proposed to be merged into `stays`, and why."""

    row: int
    stays: int
    likeness: Likeness


def normalised(text: str) -> str:
    """The words of a text without case, marks and punctuation, parted by single spaces."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(plain))


def repeats(
    blocks: Mapping[Hashable, Sequence[Entry]], linked: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[Repeat]:
    """The likely duplicates within each block of entries with the same states or party names.

    `linked` holds pairs of rows (lower first) that know of each other. Of each group of repeats the entry with most recorded
    facts stays (of equals the first), and every other is paired with it or with the nearest that it resembles.
    """
    for entries in blocks.values():
        if len(entries) > 1:
            yield from _of_block(entries, linked)


def _of_block(entries: Sequence[Entry], linked: frozenset[tuple[int, int]]) -> Iterator[Repeat]:
    words: dict[int, _Words] = {}

    def words_of(entry: Entry) -> _Words:
        made = words.get(entry.row)
        if made is None:
            made = words[entry.row] = _Words(entry)
        return made

    alike: dict[tuple[int, int], Likeness] = {}
    by_row = {entry.row: entry for entry in entries}
    for one, other in _candidates(entries, words_of):
        pair = (min(one.row, other.row), max(one.row, other.row))
        if pair in alike or pair in linked:
            continue
        likeness = compare(one, other, words_of)
        if likeness is not None:
            alike[pair] = likeness
    yield from _grouped(alike, by_row)


class _Words:
    """The titles of an entry as sets of words of subject, and in whole."""

    __slots__ = ("order", "subjects", "whole")

    def __init__(self, entry: Entry) -> None:
        of_parties = set(entry.party_words.split())
        self.whole = [normalised(title) for title in entry.titles if title]
        self.subjects: list[frozenset[str]] = []
        self.order: list[frozenset[str]] = []
        for title in self.whole:
            tokens = set(title.split())
            self.order.append(frozenset(t for t in tokens if _tells_apart(t)))
            self.subjects.append(frozenset(t for t in tokens if t not in _COMMON and t not in of_parties))


def _tells_apart(word: str) -> bool:
    """Whether a word gives one of several like agreements its place: a number, a letter, a word of order."""
    return word in _ORDER or (len(word) == 1 and word not in _LETTERS) or any(c.isdigit() for c in word)


def _candidates(entries: Sequence[Entry], words_of: Callable[[Entry], _Words]) -> Iterator[tuple[Entry, Entry]]:
    """Pairs that may be repeats: near in time; without date, of the same title; or of the same register number."""
    dated = sorted(
        ((e.first_day, e.row, e) for e in entries if e.first_day is not None), key=lambda item: (item[0], item[1])
    )
    reach = datetime.timedelta(days=NEAR_DAYS)
    by_title_alone: set[int] = {e.row for e in entries if e.first_day is None}
    for position, (day, _row, entry) in enumerate(dated):
        last = max(entry.last_day or day, day)
        latest = last + reach if last.year < datetime.MAXYEAR else datetime.date.max
        for place in range(position + 1, len(dated)):
            other_day, _other_row, other = dated[place]
            if other_day > latest:
                break
            if place - position > MOST_CANDIDATES:
                by_title_alone.update((entry.row, other.row))
                break
            yield entry, other
    if by_title_alone:
        of_title: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            for title in set(words_of(entry).whole):
                of_title[title].append(entry)
        for group in of_title.values():
            for one in group:
                if one.row in by_title_alone:
                    yield from ((one, other) for other in group[:MOST_CANDIDATES] if other.row != one.row)
    numbered: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.register_number:
            numbered[entry.register_number].append(entry)
    for group in numbered.values():
        for index, one in enumerate(group[:MOST_CANDIDATES]):
            for other in group[index + 1 : MOST_CANDIDATES]:
                yield one, other


def compare(one: Entry, other: Entry, words_of: Callable[[Entry], _Words] | None = None) -> Likeness | None:
    """The likeness of two entries of one block, None if something tells them apart."""
    words_of = words_of or _Words
    if "other" not in (one.kind, other.kind) and one.kind != other.kind:
        return None
    if one.register_number and other.register_number and one.register_number != other.register_number:
        return None
    same_number = bool(one.register_number) and one.register_number == other.register_number
    if one.parties == other.parties:
        parties = 100.0
    else:
        parties = fuzz.token_sort_ratio(one.party_words, other.party_words)
        if parties < PARTIES_ALIKE or not one.parties or not other.parties or len(one.parties) != len(other.parties):
            return None
    apart = _days_apart(one, other)
    if apart is not None and apart > (NEAR_DAYS_SAME_NUMBER if same_number else NEAR_DAYS):
        return None
    words, other_words = words_of(one), words_of(other)
    title, exact, subject_words = _titles_alike(words, other_words)
    if title is None and not same_number:
        return None
    if apart is None:
        if not same_number and not (exact and subject_words >= LEAST_WORDS_UNDATED):
            return None
    elif apart > 0 and not exact:
        return None
    union = one.subject_areas | other.subject_areas
    shared = round(100 * len(one.subject_areas & other.subject_areas) / len(union)) if union else None
    if title is None:
        title = fuzz.token_sort_ratio(
            words.whole[0] if words.whole else "", other_words.whole[0] if other_words.whole else ""
        )
    return Likeness(int(title), int(parties), shared, one.kind == other.kind, apart, same_number)


def _days_apart(one: Entry, other: Entry) -> int | None:
    """How many days lie between the two dates at least; 0 if they may be one day; None if one is not recorded."""
    if one.first_day is None or other.first_day is None or one.last_day is None or other.last_day is None:
        return None
    if one.first_day <= other.last_day and other.first_day <= one.last_day:
        return 0
    return min(abs((one.first_day - other.last_day).days), abs((other.first_day - one.last_day).days))


def _titles_alike(one: _Words, other: _Words) -> tuple[float | None, bool, int]:
    """Ratio of the best pair of titles of one subject (None: there is none), whether word by word, and its words of subject."""
    best: float | None = None
    exact = False
    words = 0
    for i, subject in enumerate(one.subjects):
        for j, other_subject in enumerate(other.subjects):
            if one.order[i] != other.order[j]:
                continue
            same = one.whole[i] == other.whole[j]
            if not same and not _same_subject(subject, other_subject):
                continue
            # The names of the parties stand in one title and not in the other as often as not.
            ratio = max(
                fuzz.token_sort_ratio(one.whole[i], other.whole[j]),
                fuzz.token_sort_ratio(" ".join(sorted(subject)), " ".join(sorted(other_subject))),
            )
            if best is None or ratio > best or (same and not exact):
                best, exact, words = ratio, same or exact, max(words, len(subject))
    return best, exact, words


def _same_subject(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one or not other:
        return one == other
    left, right = one - other, other - one
    if not left and not right:
        return True
    if max(len(left), len(right)) > max(1, len(one & other)):
        return False
    free = set(right)
    for word in sorted(left):
        partner = max(free, key=lambda w: (fuzz.ratio(word, w), w), default=None)
        if partner is None or len(word) < 5 or fuzz.ratio(word, partner) < WORD_LIKENESS:
            return False
        free.discard(partner)
    return not free


def _grouped(alike: Mapping[tuple[int, int], Likeness], by_row: Mapping[int, Entry]) -> Iterator[Repeat]:
    neighbours: dict[int, set[int]] = defaultdict(set)
    for one, other in alike:
        neighbours[one].add(other)
        neighbours[other].add(one)
    seen: set[int] = set()
    for start in sorted(neighbours):
        if start in seen:
            continue
        group = _reach(start, neighbours)
        seen |= group
        stays = min(group, key=lambda row: (-by_row[row].facts_recorded, row))
        for row in sorted(group - {stays}):
            partner = stays
            if (min(row, stays), max(row, stays)) not in alike:
                partner = min(neighbours[row], key=lambda other: (-by_row[other].facts_recorded, other))
                # A pair of which neither is the one that stays is told once.
                if partner != stays and partner in group and row < partner and stays not in neighbours[partner]:
                    partner = min(neighbours[row])
            yield Repeat(row, partner, alike[(min(row, partner), max(row, partner))])


def _reach(start: int, neighbours: Mapping[int, Iterable[int]]) -> set[int]:
    group, todo = {start}, [start]
    while todo:
        for other in neighbours[todo.pop()]:
            if other not in group:
                group.add(other)
                todo.append(other)
    return group
