"""The functions of the database that make a search entry from texts and a query from the words that somebody typed.

Both use the configuration `foedera`: one pass in which words of ASCII letters are stemmed as English and all others as
Russian. Beside the stems stand identifiers, as whole words behind a "#". Words of the other alphabet, and beginnings of words
that their stem has lost, are led to the words that the index knows (SearchWord) by the plain spelling of `letters`.
"""

from __future__ import annotations

from .letters import functions as letter_functions

CONFIGURATION = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = 'foedera' AND pg_ts_config_is_visible(oid)) THEN
        CREATE TEXT SEARCH CONFIGURATION foedera (COPY = pg_catalog.simple);
        ALTER TEXT SEARCH CONFIGURATION foedera ALTER MAPPING FOR asciiword, asciihword, hword_asciipart WITH english_stem;
        ALTER TEXT SEARCH CONFIGURATION foedera ALTER MAPPING FOR word, hword, hword_part WITH russian_stem;
    END IF;
END $$;
"""

# As much of one field as is searched; a vector may not exceed a megabyte.
MOST_OF_A_FIELD = 60_000
MOST_OF_A_VECTOR = 900_000

ENTRY = f"""
CREATE OR REPLACE FUNCTION foedera_texts(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(string_agg(t #>> '{{}}', ' '), '') FROM jsonb_path_query(value, '$.** ? (@.type() == "string")') t $$;

CREATE OR REPLACE FUNCTION foedera_words(given text, weight "char") RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    -- Not every release of the stemmer takes ё for е.
    IF strpos(given, 'ё') > 0 THEN given := replace(given, 'ё', 'е'); END IF;
    RETURN setweight(to_tsvector('foedera', left(given, {MOST_OF_A_FIELD})), weight);
END $$;

CREATE OR REPLACE FUNCTION foedera_identifier(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '#' || left(lower(translate(given, E' \\t\\n№''"\\\\', '')), 160) $$;

CREATE OR REPLACE FUNCTION foedera_vector(a text, b text, c text, d text, identifiers text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    vector tsvector := '';
    identifier text;
BEGIN
    IF a <> '' THEN vector := foedera_words(a, 'A'); END IF;
    IF b <> '' THEN vector := vector || foedera_words(b, 'B'); END IF;
    IF c <> '' THEN vector := vector || foedera_words(c, 'C'); END IF;
    IF d <> '' THEN vector := vector || foedera_words(d, 'D'); END IF;
    FOREACH identifier IN ARRAY identifiers LOOP
        IF identifier <> '' THEN vector := vector || array_to_tsvector(ARRAY[foedera_identifier(identifier)]); END IF;
    END LOOP;
    RETURN vector;
END $$;

CREATE OR REPLACE FUNCTION foedera_whole(own tsvector, files tsvector[]) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    whole tsvector := own;
    file tsvector;
BEGIN
    IF files IS NULL THEN RETURN NULL; END IF;
    FOREACH file IN ARRAY files LOOP
        IF pg_column_size(whole) + pg_column_size(file) < {MOST_OF_A_VECTOR} THEN whole := whole || file; END IF;
    END LOOP;
    RETURN whole;
END $$;
"""  # noqa: S608 - numbers of ours

# As many words of a question as are looked at.
MOST_WORDS = 16
# A stem in the plain spelling finds by its beginning when it is at least so long.
LONG_STEM = 6
# As many known words as a word of a question may be led to by its beginning.
MOST_KNOWN = 60
# Behind every word in the order of bytes.
LAST = "\uffff"

QUERY = f"""
CREATE OR REPLACE FUNCTION foedera_quoted(lexeme text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '''' || translate(lexeme, '''' || chr(92), '') || '''' $$;

CREATE OR REPLACE FUNCTION foedera_lexeme(lexeme text, suffix text DEFAULT '') RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (foedera_quoted(lexeme) || suffix)::tsquery $$;

-- The lexemes of the known words whose plain spelling lies between two, as alternatives; NULL when there are none. With the rights of
-- the owner: behind row-level security the order of words serves no index, and words are no rows of anybody.
CREATE OR REPLACE FUNCTION foedera_known(first text, beyond text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE
SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT string_agg(DISTINCT foedera_quoted(lexeme), ' | ')::tsquery
    FROM (SELECT w.word FROM platform_search_searchword w WHERE w.folded >= first AND w.folded <= beyond
          ORDER BY w.folded LIMIT {MOST_KNOWN}) known, unnest(tsvector_to_array(to_tsvector('foedera', known.word))) AS lexeme
$$;

CREATE OR REPLACE FUNCTION foedera_word_query(typed text, begins boolean) RETURNS tsquery
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    word text := lower(foedera_plain(typed));
    found tsquery := plainto_tsquery('foedera', word);
    single boolean := word ~ '^[[:alpha:]]+$';
    plain text;
    native text;
    stem text;
    short text;
BEGIN
    IF word !~ '[[:alnum:]]' THEN RETURN ''::tsquery; END IF;
    IF single THEN
        -- A word that says nothing ("of", "на").
        IF NOT begins AND numnode(found) = 0 THEN RETURN ''::tsquery; END IF;
        plain := foedera_fold(word);
        native := CASE WHEN word ~ '[a-z]' THEN foedera_cyrillic(word) ELSE word END;
        stem := (ts_lexize('pg_catalog.russian_stem', native))[1];
        short := foedera_fold(stem);
        IF begins AND length(word) > 1 THEN
            found := found || foedera_lexeme(word, ':*') || coalesce(foedera_known(plain, plain || '{LAST}'), ''::tsquery);
        ELSE
            found := found || coalesce(foedera_known(plain, plain), ''::tsquery);
        END IF;
        IF native <> word AND stem <> '' THEN found := found || foedera_lexeme(stem); END IF;
        IF length(short) >= {LONG_STEM} THEN
            found := found || coalesce(foedera_known(short, short || '{LAST}'), ''::tsquery);
        END IF;
    ELSIF begins AND word ~ '^[[:alnum:]]+$' AND length(word) > 1 THEN
        found := found || foedera_lexeme(word, ':*');
    END IF;
    IF word ~ '[0-9]' THEN
        found := found || foedera_lexeme(foedera_identifier(word), CASE WHEN begins AND length(word) > 2 THEN ':*' ELSE '' END);
    END IF;
    RETURN found;
END $$;

CREATE OR REPLACE FUNCTION foedera_query(typed text) RETURNS tsquery LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    wanted tsquery := ''::tsquery;
    unwanted tsquery := ''::tsquery;
    parts text[][];
    part text[];
    word tsquery;
    place integer := 0;
    last integer;
BEGIN
    SELECT array_agg(m), count(*) INTO parts, last FROM (
        SELECT m FROM regexp_matches(left(foedera_plain(typed), 400), '(-?)(?:"([^"]*)"|([^[:space:]"]+))', 'g') m LIMIT {MOST_WORDS}
    ) listed;
    IF parts IS NULL THEN RETURN ''::tsquery; END IF;
    FOREACH part SLICE 1 IN ARRAY parts LOOP
        place := place + 1;
        IF part[2] IS NOT NULL THEN
            word := phraseto_tsquery('foedera', part[2]);
        ELSE
            word := foedera_word_query(part[3], place = last);
        END IF;
        IF numnode(word) > 0 THEN
            IF part[1] = '-' AND coalesce(part[2], part[3]) ~ '^[[:alpha:]]' THEN
                unwanted := unwanted || word;
            ELSE
                wanted := wanted && word;
            END IF;
        END IF;
    END LOOP;
    -- What is not wanted does not say what is.
    IF numnode(wanted) = 0 THEN RETURN ''::tsquery; END IF;
    RETURN CASE WHEN numnode(unwanted) > 0 THEN wanted && !!unwanted ELSE wanted END;
END $$;

CREATE OR REPLACE FUNCTION foedera_identifier_query(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT foedera_lexeme(foedera_identifier(left(foedera_plain(typed), 200))) $$;
"""  # noqa: S608 - numbers of ours

# Known words that are written nearly so, in the plain spelling. A short word with two letters exchanged has few trigrams left;
# it is looked for among those that begin alike.
SIMILAR = f"""
CREATE OR REPLACE FUNCTION foedera_similar(wanted text) RETURNS TABLE (known varchar, plain varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET pg_trgm.similarity_threshold = 0.25 AS $$
    (SELECT DISTINCT w.word, w.folded FROM (
        SELECT s.word, s.folded FROM platform_search_searchword s WHERE s.folded % wanted
        ORDER BY similarity(s.folded, wanted) DESC LIMIT 80
    ) w)
    UNION
    (SELECT s.word, s.folded FROM platform_search_searchword s
     WHERE s.folded >= left(wanted, 2) AND s.folded <= left(wanted, 2) || '{LAST}'
       AND length(s.folded) BETWEEN length(wanted) - 1 AND length(wanted) + 1 AND length(wanted) < 8 LIMIT 400)
$$;
"""  # noqa: S608 - numbers of ours


# Whether a vector answers a query: PostgreSQL uses an index behind row-level security only for conditions that tell nothing of rows
# that are not seen, and it does not say so of this one, which raises no error with a value in it. Only a superuser may say it;
# elsewhere the administrator does (docs/search.md), or the search reads all entries.
LEAKPROOF = """
DO $$ BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF;
    END IF;
END $$;
"""


# Its settings are known only once the library of trigrams is loaded, which its first use does.
LOADED = "SELECT show_limit();\n"


def functions() -> str:
    """The SQL that creates or replaces everything; it may be run again at any time."""
    return LOADED + CONFIGURATION + letter_functions() + ENTRY + QUERY + SIMILAR + LEAKPROOF
