"""One spelling for words of two alphabets, as functions of the database.

`foedera_fold` brings a word to one plain Latin spelling, whichever of the usual tables (GOST 7.79-2000 A and B, ISO 9, ICAO
9303, BGN/PCGN) or alphabets it was written by: "Хабаровск", "Khabarovsk", "Habarovsk" become one. It is no transliteration to
be shown: one letter stands for each sound (x: ш and щ, w: ч, j: ж, q: ц) and doubled letters become one. `foedera_cyrillic`
leads a Latin word back to the Cyrillic one that it most likely stands for, so that the Russian stemmer knows its ending.
"""

from __future__ import annotations

# What looks like nothing: soft hyphen, zero-width characters, byte order mark, marks of direction.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# Signs of softness and apostrophes: they part no words.
SIGNS = "'’‘ʼʹʺ`´"

# Latin groups, longest first; capitals stand for a sound until the single letters are through.
GROUPS = (
    ("shch", "X"), ("shh", "X"), ("sch", "X"), ("sh", "X"), ("zh", "J"), ("ch", "W"), ("kh", "h"), ("ph", "f"), ("th", "t"),
    ("ts", "Q"), ("tz", "Q"), ("cz", "Q"), ("tc", "Q"), ("ck", "k"), ("ce", "Qe"), ("ci", "Qi"), ("cy", "Qi"),
    ("x", "ks"), ("š", "X"), ("ş", "X"), ("ŝ", "X"), ("ž", "J"), ("č", "W"), ("ß", "s"), ("æ", "e"), ("œ", "e"), ("û", "iu"),
)  # fmt: skip
SINGLE = (
    ("cqwyj", "kkvii"),
    ("XJWQ", "xjwq"),
    ("àáâãäåāăą", "aaaaaaaaa"),
    ("çćĉ", "qqq"),
    ("ďđ", "dd"),
    ("èéêëēėęě", "eeeeeeee"),
    ("ğģ", "gg"),
    ("ìíîïīįı", "iiiiiii"),
    ("ķ", "k"),
    ("łļľ", "lll"),
    ("ñńņň", "nnnn"),
    ("òóôõöøōő", "oooooooo"),
    ("ř", "r"),
    ("śș", "ss"),
    ("ťț", "tt"),
    ("ùúüūůűų", "uuuuuuu"),
    ("ýÿ", "ii"),
    ("źż", "zz"),
    ("абвгдеёжзийклмнопрстуфхцчшщыэ", "abvgdeejziiklmnoprstufhqwxxie"),
    ("іїєґўәөүұқңғһј", "iieguaouukngh" + "i"),
)
CYRILLIC_GROUPS = (("ю", "iu"), ("я", "ia"))
AFTERWARDS = (("ie", "e"), ("io", "e"))
SILENT = "ъь" + SIGNS + INVISIBLE

# From Latin to Cyrillic, in this order.
BACK = (
    ("shch", "щ"), ("shh", "щ"), ("sch", "щ"), ("sh", "ш"), ("zh", "ж"), ("ch", "ч"), ("kh", "х"), ("ph", "ф"), ("ts", "ц"),
    ("tz", "ц"), ("cz", "ц"), ("ck", "к"), ("yu", "ю"), ("ju", "ю"), ("ya", "я"), ("ja", "я"), ("yo", "е"), ("jo", "е"),
    ("ye", "е"), ("je", "е"), ("iy", "ий"), ("ij", "ий"), ("yy", "ый"), ("yj", "ый"), ("ay", "ай"), ("ey", "ей"), ("oy", "ой"),
    ("uy", "уй"), ("x", "х"),
)  # fmt: skip
BACK_SINGLE = (
    "abvwgdeëzijklmnoprstufhcqy'’ʹʼéèšžčŝâû",
    "абввгдеезийклмнопрстуфхцкыььььеэшжчщяю",
)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _replaced(expression: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for old, new in pairs:
        expression = f"replace({expression}, {_quoted(old)}, {_quoted(new)})"
    return expression


def _fold() -> str:
    """A word of one alphabet takes only the steps of that alphabet, for each step costs."""
    sources = "".join(old for old, _new in SINGLE[2:])
    targets = "".join(new for _old, new in SINGLE[2:])
    assert len(sources) == len(targets)
    latin = _replaced("lower($1)", GROUPS)
    for old, new in SINGLE[:2]:
        latin = f"translate({latin}, {_quoted(old)}, {_quoted(new)})"
    chosen = f"CASE WHEN $1 ~ '[A-Za-zß-ž]' THEN {latin} ELSE lower($1) END"
    # Letters to letters first; what has no counterpart falls away.
    plain = f"translate({_replaced(chosen, CYRILLIC_GROUPS)}, {_quoted(sources + SILENT)}, {_quoted(targets)})"
    return f"regexp_replace({_replaced(plain, AFTERWARDS)}, '([a-z])\\1+', '\\1', 'g')"


def functions() -> str:
    """The SQL that creates or replaces both functions; immutable, NULL for NULL."""
    plain = f"translate(replace(replace($1, 'ё', 'е'), 'Ё', 'Е'), {_quoted(INVISIBLE)}, '')"
    back = f"translate({_replaced('lower($1)', BACK)}, {_quoted(BACK_SINGLE[0])}, {_quoted(BACK_SINGLE[1])})"
    made = []
    for name, expression in (("plain", plain), ("fold", _fold()), ("cyrillic", back)):
        made.append(
            f"CREATE OR REPLACE FUNCTION foedera_{name}(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS\n"
            f"$$ SELECT {expression} $$;"
        )
    return "\n".join(made)
