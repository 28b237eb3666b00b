"""The language of the search box: every tree survives writing and reading, no text breaks it, faults say where they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foedera.platform.lists.asking import language
from foedera.platform.lists.asking.language import (
    All,
    Between,
    Blank,
    Either,
    Exact,
    Node,
    Not,
    Phrase,
    Present,
    QueryFault,
    Term,
    Value,
    Word,
    all_of,
    either_of,
    parse,
    written,
)

LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
TEXTS = LETTERS.filter(lambda t: t.strip() != "")
NAMES = st.from_regex(r"[a-zа-я][a-zа-я0-9_-]{0,8}", fullmatch=True)


def is_word(text: str) -> bool:
    """Whether a text is read as one word wherever it stands."""
    try:
        tokens = list(language._tokens(text))
    except QueryFault:
        return False
    return len(tokens) == 1 and tokens[0].kind == "word" and tokens[0].text == text


WORDS = (st.sampled_from(["trade", "культура", "12:30", "note:", "a-b", "-", "C/2003/11"]) | TEXTS).filter(is_word)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.builds(Exact, LETTERS.filter(bool)),
    st.tuples(LETTERS, LETTERS).filter(any).map(lambda ends: Between(*ends)),
    st.just(Blank()),
    st.just(Present()),
)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, WORDS),
    st.builds(Phrase, TEXTS),
    st.builds(Term, NAMES, st.lists(VALUES, min_size=1, max_size=3).map(tuple)),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(either_of),
    ),
    max_leaves=6,
)


def short(tree: Node) -> bool:
    return len(written(tree)) <= language.LONGEST


@given(TREES.filter(short))
def test_a_tree_is_read_as_it_was_written(tree: Node) -> None:
    assert parse(written(tree)) == tree


@given(st.text(max_size=80) | st.text(alphabet=' ()-":,.<>ORИЛИab«»|\\', max_size=40))
def test_no_text_breaks_the_reader_and_what_is_read_is_kept(text: str) -> None:
    fault: QueryFault | None = None
    tree: Node | None = None
    try:
        tree = parse(text)
    except QueryFault as refused:
        fault = refused
    if fault is None:
        assert parse(written(tree)) == tree
    else:
        assert 0 <= fault.at <= len(text)
        assert fault.length >= 1
        assert str(fault.message)


@pytest.mark.parametrize(
    "text",
    [
        "trade and culture",
        "AG-000123",
        "agreement (1998",
        "co-operation of regions",
        "http://a.example/x",
        "note: x",
        "12:30",
    ],
)
def test_words_alone_are_taken_as_they_stand(text: str) -> None:
    tree = parse(text)
    assert written(tree) == text
    assert all(isinstance(node, Word) for node in language.parts_of(tree))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("state:expiring", Term("state", (Exact("expiring"),))),
        ("until:2027-03", Term("until", (Exact("2027-03"),))),
        ("partner:BR,KZ", Term("partner", (Exact("BR"), Exact("KZ")))),
        ("signed_on:2014..2020", Term("signed_on", (Between("2014", "2020"),))),
        ("signed_on:>=2014", Term("signed_on", (Between("2014", ""),))),
        ("signed_on:..2020", Term("signed_on", (Between("", "2020"),))),
        ("coordinator:empty", Term("coordinator", (Blank(),))),
        ("координатор:есть", Term("координатор", (Present(),))),
        ('coordinator:"empty"', Term("coordinator", (Exact("empty"),))),
        ("-kind:treaty", Not(Term("kind", (Exact("treaty"),)))),
        ("NOT trade", Not(Word("trade"))),
        ("НЕ (a b)", Not(All((Word("a"), Word("b"))))),
        ("a b OR c", Either((All((Word("a"), Word("b"))), Word("c")))),
        ("a (b ИЛИ c)", All((Word("a"), Either((Word("b"), Word("c")))))),
        ("a AND b", All((Word("a"), Word("b")))),
        ("«о торговле» «и»", All((Phrase("о торговле"), Phrase("и")))),
    ],
)
def test_what_a_query_means(text: str, tree: Node | None) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "at", "length"),
    [
        ('kind:treaty "open', 12, 5),
        ("kind:treaty (a", 12, 1),
        ("kind:treaty a)", 13, 1),
        ("kind:treaty OR", 12, 2),
        ("OR kind:treaty", 0, 2),
        ("a OR () b", 5, 2),
        ("kind:a,", 6, 1),
        ("ends_on:>2014", 8, 1),
        ("ends_on:..", 8, 2),
        ("-" * 40 + "a", 12, 1),
        ('""', 0, 2),
    ],
)
def test_a_fault_says_where_it_is(text: str, at: int, length: int) -> None:
    with pytest.raises(QueryFault) as refused:
        parse(text)
    assert (refused.value.at, refused.value.length) == (at, length)
