"""The language of the search box: text becomes a tree, and a tree becomes text again. No database, no names of columns.

    query  = either
    either = all { ("OR" | "ИЛИ") all }
    all    = one { ["AND" | "И"] one }
    one    = ("-" | "NOT" | "НЕ") one | "(" either ")" | term | phrase | word
    term   = name ":" value { "," value }              any of the values
    value  = ">=" text | "<=" text | [text] ".." [text] | "empty" | "any" | text
    text   = "in quotation marks" | without blanks, commas and brackets

`parse(written(tree)) == tree` for every tree that `parse` gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from foedera.platform.actions.errors import Invalid, Problem, Words

LONGEST = 500
DEEPEST = 12
QUOTES = {'"': '"', "«": "»", "“": "”"}
OR = frozenset({"OR", "ИЛИ"})
AND = frozenset({"AND", "И"})
NOT = frozenset({"NOT", "НЕ"})
BLANK = frozenset({"empty", "пусто"})
PRESENT = frozenset({"any", "есть"})
# A colon with a blank, a slash or another sign behind it belongs to a text ("note: x", "http://x").
NAME = re.compile(r"([^\W\d_][\w-]*):(?=[\w\"«“<>.+-])")
BARE = re.compile(r"[\w+-]")
ENDS_WORD = re.compile(r"[\s()]")
ENDS_VALUE = re.compile(r"[\s(),]")


class QueryFault(Invalid):
    """The query is not understood; `at` and `length` say where in its text."""

    def __init__(self, message: Words, at: int, length: int = 1) -> None:
        super().__init__([Problem("q", message)])
        self.message, self.at, self.length = message, at, max(length, 1)


@dataclass(frozen=True, slots=True)
class Exact:
    """A value as it is written, without its quotation marks."""

    text: str


@dataclass(frozen=True, slots=True)
class Between:
    """From a value until a value, both included; an empty text leaves that side open."""

    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing is entered."""


@dataclass(frozen=True, slots=True)
class Present:
    """Anything is entered."""


Value = Exact | Between | Blank | Present


@dataclass(frozen=True, slots=True)
class Word:
    """A word to be searched for."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words to be searched for in this order."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Term:
    """A column has one of the values."""

    name: str
    values: tuple[Value, ...]
    at: int = field(default=0, compare=False)
    # Where each value stands: its place and its length.
    places: tuple[tuple[int, int], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    node: Node


@dataclass(frozen=True, slots=True)
class All:
    """All of these hold (two or more, none of them an `All`)."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these holds (two or more, none of them an `Either`)."""

    nodes: tuple[Node, ...]


Node = Word | Phrase | Term | Not | All | Either


def all_of(nodes: Sequence[Node]) -> Node:
    """All of the nodes, without brackets that say nothing."""
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, All) else (node,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def either_of(nodes: Sequence[Node]) -> Node:
    """Either of the nodes, without brackets that say nothing."""
    flat = [inner for node in nodes for inner in (node.nodes if isinstance(node, Either) else (node,))]
    return flat[0] if len(flat) == 1 else Either(tuple(flat))


def parts_of(node: Node | None) -> tuple[Node, ...]:
    """What has to hold together at the top of a query."""
    if node is None:
        return ()
    return node.nodes if isinstance(node, All) else (node,)


# ---------------------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int
    node: Node | None = None


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The text in the quotation marks that open at `at`, and the place behind them. Raises QueryFault."""
    closing = QUOTES[text[at]]
    out: list[str] = []
    place = at + 1
    while place < len(text):
        letter = text[place]
        if letter == "\\" and place + 1 < len(text) and text[place + 1] in ('"', "»", "”", "\\"):
            out.append(text[place + 1])
            place += 2
        elif letter == closing:
            return "".join(out), place + 1
        else:
            out.append(letter)
            place += 1
    raise QueryFault(_("The quotation mark is not closed."), at, len(text) - at)


def _until(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.search(text, at)
    return found.start() if found else len(text)


def _text(text: str, at: int, *, stops: str) -> tuple[str, int, bool]:
    """A text of a value, the place behind it, and whether it was quoted. It ends before `stops`."""
    if at < len(text) and text[at] in QUOTES:
        inner, end = _quoted(text, at)
        return inner, end, True
    end = _until(ENDS_VALUE, text, at)
    found = text.find(stops, at, end) if stops else -1
    if found >= 0:
        end = found
    return text[at:end], end, False


def _value(text: str, at: int) -> tuple[Value, int]:
    if text.startswith((">=", "<="), at):
        inner, end, _was = _text(text, at + 2, stops="")
        if not inner:
            raise QueryFault(_("A value is missing here."), at, 2)
        return (Between(inner, "") if text[at] == ">" else Between("", inner)), end
    if at < len(text) and text[at] in "<>":
        raise QueryFault(_("Write >= or <=; both ends belong to the range."), at)
    low, end, was_quoted = _text(text, at, stops="..")
    if text.startswith("..", end):
        high, after, _was = _text(text, end + 2, stops="")
        if not low and not high:
            raise QueryFault(_("A range needs a beginning or an end, such as 2014..2020."), at, after - at)
        return Between(low, high), after
    if not low:
        raise QueryFault(_("A value is missing here."), min(at, max(len(text) - 1, 0)))
    if not was_quoted and low.casefold() in BLANK:
        return Blank(), end
    if not was_quoted and low.casefold() in PRESENT:
        return Present(), end
    return Exact(low), end


def _term(text: str, at: int, name: str, start: int) -> tuple[Term, int]:
    values: list[Value] = []
    places: list[tuple[int, int]] = []
    place = start
    while True:
        value, end = _value(text, place)
        values.append(value)
        places.append((place, end - place))
        if end >= len(text) or text[end] != ",":
            return Term(name, tuple(values), at, tuple(places)), end
        place = end + 1


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        letter = text[at]
        if letter.isspace():
            at += 1
        elif letter in "()":
            yield _Token(letter, letter, at)
            at += 1
        elif letter in QUOTES:
            inner, end = _quoted(text, at)
            if not inner.strip():
                raise QueryFault(_("There is nothing between these quotation marks."), at, end - at)
            yield _Token("phrase", text[at:end], at, Phrase(inner, at))
            at = end
        elif letter == "-" and at + 1 < len(text) and not (text[at + 1].isspace() or text[at + 1] == ")"):
            yield _Token("not", letter, at)
            at += 1
        elif (named := NAME.match(text, at)) is not None:
            term, end = _term(text, at, named[1], named.end())
            yield _Token("term", text[at:end], at, term)
            at = end
        else:
            end = max(_until(ENDS_WORD, text, at), at + 1)
            word = text[at:end]
            kind = "or" if word in OR else "and" if word in AND else "not" if word in NOT else "word"
            yield _Token(kind, word, at, Word(word, at) if kind == "word" else None)
            at = end


class _Reader:
    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens, self.place, self.depth = tokens, 0, 0

    @property
    def next(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def either(self) -> Node:
        nodes = [self.all()]
        while (token := self.next) is not None and token.kind == "or":
            self.place += 1
            nodes.append(self.all())
        return either_of(nodes)

    def all(self) -> Node:
        nodes = [self.one()]
        while (token := self.next) is not None and token.kind not in ("or", ")"):
            if token.kind == "and":
                self.place += 1
            nodes.append(self.one())
        return all_of(nodes)

    def one(self) -> Node:
        token = self.next
        if token is None:
            last = self.tokens[-1]
            raise QueryFault(
                _("Something is missing behind “%(word)s”.") % {"word": last.text}, last.at, len(last.text)
            )
        self.place += 1
        if token.node is not None:
            return token.node
        if token.kind == "not":
            self._deeper(token)
            node = Not(self.one())
            self.depth -= 1
            return node
        if token.kind == "(":
            self._deeper(token)
            if (following := self.next) is not None and following.kind == ")":
                raise QueryFault(_("There is nothing between these brackets."), token.at, following.at - token.at + 1)
            inner = self.either()
            closing = self.next
            if closing is None or closing.kind != ")":
                raise QueryFault(_("This bracket is not closed."), token.at)
            self.place += 1
            self.depth -= 1
            return inner
        if token.kind == ")":
            raise QueryFault(_("This bracket was not opened."), token.at)
        raise QueryFault(_("Something is missing before “%(word)s”.") % {"word": token.text}, token.at, len(token.text))

    def _deeper(self, token: _Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise QueryFault(_("This is nested too deeply."), token.at)


def is_plain(tokens: Sequence[_Token]) -> bool:
    """Whether a text is nothing but words, with brackets at most, and so searched for as it stands."""
    return all(token.kind in ("word", "(", ")") for token in tokens)


def parse(text: str) -> Node | None:
    """The tree of a query; None for a text without words. Words alone are taken as they stand, whatever brackets they have.

    Raises QueryFault, which says where it is not understood, and no other error for any text.
    """
    if "\x00" in text:
        raise QueryFault(_("The text holds a character that cannot be stored."), text.index("\x00"))
    tokens = list(_tokens(text))
    if is_plain(tokens):
        words = [Word(word.group(), word.start()) for word in re.finditer(r"\S+", text)]
        return all_of(words) if words else None
    if len(text) > LONGEST:
        raise QueryFault(
            _("A query may have at most %(most)d letters.") % {"most": LONGEST}, LONGEST, len(text) - LONGEST
        )
    reader = _Reader(tokens)
    node = reader.either()
    left = reader.next
    if left is not None:
        raise QueryFault(_("This bracket was not opened."), left.at)
    return node


# ---------------------------------------------------------------------------------------------------------------- writing


def written_text(text: str) -> str:
    """A text of a value, in quotation marks where it would be read otherwise without them."""
    plain = (
        text
        and ENDS_VALUE.search(text) is None
        and BARE.match(text) is not None
        and text[-1] != "."
        and ".." not in text
        and text.casefold() not in BLANK | PRESENT
    )
    return text if plain else _in_marks(text)


def _in_marks(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _written_value(value: Value) -> str:
    if isinstance(value, Blank):
        return "empty"
    if isinstance(value, Present):
        return "any"
    if isinstance(value, Exact):
        return written_text(value.text)
    return f"{value.low and written_text(value.low)}..{value.high and written_text(value.high)}"


def written_term(name: str, values: Sequence[Value]) -> str:
    """A column with its values, as text."""
    return f"{name}:{','.join(map(_written_value, values))}"


def written(node: Node | None) -> str:
    """The tree as text; "" for None."""
    if node is None:
        return ""
    if isinstance(node, Word):
        return node.text
    if isinstance(node, Phrase):
        return _in_marks(node.text)
    if isinstance(node, Term):
        return written_term(node.name, node.values)
    if isinstance(node, Not):
        inner = written(node.node)
        return f"-({inner})" if isinstance(node.node, All | Either) else f"-{inner}"
    if isinstance(node, Either):
        return " OR ".join(written(inner) for inner in node.nodes)
    return " ".join(f"({written(n)})" if isinstance(n, Either) else written(n) for n in node.nodes)
