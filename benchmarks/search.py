"""The search over 200,000 records and 20,000 file texts of three pages, for a user bound to seven regions, asked as the web process asks:
under the fenced role, behind row-level security.

Prints p50 and p95 in milliseconds, and how long the processor worked for them, over a mix of questions as people ask them - numbers,
places in either alphabet, two or three words, beginnings, phrases, words of files, typing errors, one word that stands everywhere -
and the ratio to a floor of the same run: the same tsquery by raw SQL of the owner, ranked and cut, without rights, counts, facets, titles
or marked words. Asserts nothing.

    PYTHONPATH=src .venv/bin/python benchmarks/search.py [--records 200000] [--texts 20000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from itertools import accumulate
from pathlib import Path
from typing import Any

SUBJECTS = (
    "торговле", "культуре", "образовании", "туризме", "транспорте", "энергетике", "спорте", "медицине", "сельском хозяйстве",
    "молодёжной политике", "экологии", "приграничном сотрудничестве", "цифровых технологиях", "рыболовстве", "лесном деле",
)  # fmt: skip
TOPICS = (
    "trade", "culture", "education", "tourism", "transport", "energy", "sport", "medicine", "agriculture", "youth", "ecology",
    "border cooperation", "digital technology", "fisheries", "forestry",
)  # fmt: skip
KINDS = ("Соглашение", "Меморандум", "Программа", "Протокол", "План мероприятий", "Декларация")
KINDS_EN = ("Agreement", "Memorandum", "Programme", "Protocol", "Plan of action", "Declaration")
SYLLABLES = (
    "ба", "бе", "ва", "ве", "го", "гра", "да", "де", "дро", "жи", "за", "зе", "ка", "кро", "ла", "ле", "лу", "ма", "ме", "мо", "на",
    "не", "но", "ок", "пер", "по", "пра", "ра", "ре", "ро", "са", "се", "сто", "та", "те", "тро", "у", "фа", "хо", "ца", "ча", "ша",
)  # fmt: skip
ROUNDS = 12


def vocabulary(chance: random.Random, size: int) -> list[str]:
    """Words that no language has, the common ones first."""
    return [
        f"{''.join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4)))}{chance.choice(('', 'н', 'ть', 'ция'))}"
        for _ in range(size)
    ]


def populate(records: int, texts: int) -> None:
    """Agreements with words, places, rights and texts, by COPY; the triggers index them on the way."""
    from django.db import connection, transaction

    chance = random.Random(11)
    words = vocabulary(chance, 20_000)
    weights = list(accumulate(1 / (n + 10) for n in range(len(words))))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name || ' ' || foedera_texts(names) FROM directory_territory WHERE own AND kind = 'region' ORDER BY id"
        )
        regions = cursor.fetchall()
        cursor.execute(
            "SELECT id, name || ' ' || foedera_texts(names) FROM directory_territory WHERE kind = 'state' AND code <> 'RU' ORDER BY code"
        )
        states = cursor.fetchall()
        started = time.perf_counter()
        columns = (
            "title, titles, party_text, register_number, note, signed_on, state, publicity, own_ids, partner_ids, languages, "
            "subject_areas, title_key, status_starts, status_codes, is_synthetic"
        )
        with cursor.copy(f"COPY agreements_agreement ({columns}) FROM STDIN") as copy:
            for number in range(records):
                region, state = chance.choice(regions), chance.choice(states)
                topic, kind = chance.randrange(len(SUBJECTS)), chance.randrange(len(KINDS))
                rare = " ".join(chance.choices(words, cum_weights=weights, k=3))
                russian = f"{KINDS[kind]} о {SUBJECTS[topic]}: {rare}"
                english = f"{KINDS_EN[kind]} on {TOPICS[topic]}: {chance.choice(TOPICS)}"
                copy.write_row(
                    (
                        russian if number % 3 else english,
                        "{}",
                        f"{region[1]} {state[1]}",
                        f"{number % 97}/{number}-RU",
                        " ".join(chance.choices(words, cum_weights=weights, k=6)) if number % 4 == 0 else "",
                        f"{chance.randint(1992, 2025)}-05-17",
                        "signed",
                        "public" if number % 5 == 0 else "internal",
                        f"{{{region[0]}}}",
                        f"{{{state[0]}}}",
                        "{}",
                        "{}",
                        "",
                        "{}",
                        "{}",
                        True,
                    )
                )
        print(
            f"{records:,} records with their entries: {records / (time.perf_counter() - started):,.0f} rows/s",
            flush=True,
        )
    with transaction.atomic(), connection.cursor() as cursor:
        _add_texts(cursor, chance, words, weights, texts)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _add_texts(cursor: Any, chance: random.Random, words: list[str], weights: list[float], texts: int) -> None:
    started = time.perf_counter()
    cursor.execute("SELECT id FROM agreements_agreement ORDER BY id LIMIT %s", [texts])
    agreements = [key for (key,) in cursor.fetchall()]
    with cursor.copy("COPY platform_documents_storedfile (digest, size, media_type) FROM STDIN") as copy:
        for number in range(texts):
            copy.write_row((f"{number:064x}", 7500, "text/plain"))
    cursor.execute("SELECT id FROM platform_documents_storedfile ORDER BY digest LIMIT %s", [texts])
    files = [key for (key,) in cursor.fetchall()]
    columns = "agreement_id, kind, language, file_id, file_name, author, dated, words, note"
    with cursor.copy(f"COPY agreements_textversion ({columns}) FROM STDIN") as copy:
        for agreement, file in zip(agreements, files, strict=True):
            copy.write_row((agreement, "signed", "ru", file, "text.pdf", "", "", "", ""))
    with cursor.copy("COPY platform_documents_filepage (file_id, position, words) FROM STDIN") as copy:
        for file in files:
            for page in range(3):
                copy.write_row(
                    (
                        file,
                        page + 1,
                        f"Статья {page + 1}. Стороны " + " ".join(chance.choices(words, cum_weights=weights, k=320)),
                    )
                )
    cursor.execute("UPDATE platform_documents_filepage SET vector = foedera_words(words, 'D')")
    cursor.execute(
        "INSERT INTO platform_documents_filetext (file_id, outcome, reason, pages, paged, vector) "
        "SELECT p.file_id, 'read', '', 3, true, foedera_whole(''::tsvector, array_agg(p.vector ORDER BY p.position)) "
        "FROM platform_documents_filepage p GROUP BY p.file_id"
    )
    print(f"{texts:,} texts of three pages: {texts / (time.perf_counter() - started):,.0f} texts/s", flush=True)


def questions(chance: random.Random) -> list[tuple[str, str]]:
    """Kinds of questions with one of each; rare words are taken from records that are there."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, register_number, title FROM agreements_agreement TABLESAMPLE SYSTEM (2) LIMIT 300"
        )
        known = cursor.fetchall()
        cursor.execute("SELECT words FROM platform_documents_filepage TABLESAMPLE SYSTEM (1) LIMIT 50")
        pages = [words for (words,) in cursor.fetchall()]
    number, register, title = chance.choice(known)
    rare = title.split(": ")[1].split()
    place = ("Тамбов", "Tambov", "Хабаровск", "Habarovsk", "Псков", "Белоруссия", "Belarus", "Kazan")
    page = chance.choice(pages).split()
    typo = list(chance.choice(("торговля", "энергетика", "agriculture", "Хабаровск", "сотрудничество")))
    spot = chance.randrange(2, len(typo) - 2)
    typo[spot], typo[spot + 1] = typo[spot + 1], typo[spot]
    return [
        ("number", number),
        ("identifier", register),
        ("place", chance.choice(place)),
        ("place and topic", f"{chance.choice(place)} {chance.choice(TOPICS + SUBJECTS)}"),
        (
            "other alphabet",
            chance.choice(("soglashenie turizm", "memorandum energetika", "protokol sport", "programma ekologiya")),
        ),
        ("rare words", " ".join(rare[:2])),
        ("rare word", rare[-1]),
        ("beginning", chance.choice(("хаба", "рыбол", "fisher", "молод", "digit"))),
        ("three words", f"{chance.choice(KINDS)} {chance.choice(SUBJECTS)} {chance.choice(place)}"),
        ("phrase", '"сельском хозяйстве" ' + chance.choice(place)),
        ("words of a file", " ".join(page[4:7])),
        ("typing error", "".join(typo) + " " + chance.choice(place)),
        ("topic", chance.choice(TOPICS)),
        ("everywhere", chance.choice(("соглашение", "agreement", "программа"))),
    ]


FLOOR = """
SELECT record_type, record_id FROM platform_search_searchentry WHERE CASE WHEN whole IS NULL THEN own ELSE whole END @@ %s::tsquery
ORDER BY ts_rank(own, %s::tsquery) DESC, record_id DESC LIMIT 20
"""


def percentile(values: list[float], share: float) -> float:
    """The value that so many of the others do not exceed."""
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def processor_time() -> float:
    """Milliseconds that this process and its connection of the database have worked so far, whatever others do on the machine."""
    from django.db import connection

    with connection.cursor():
        backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return time.process_time() * 1000 + int(backend.read_text(encoding="ascii").split()[0]) / 1e6


def measure(actor: Any, rounds: list[list[tuple[str, str]]]) -> dict[str, float]:
    """Ask, and print times by kind of question; returns p50, p95 and the floor's."""
    import psycopg

    from foedera.platform.access.asking import asker_of, asking
    from foedera.platform.search.matching import question
    from foedera.platform.search.queries import Asked, find

    taken: dict[str, list[float]] = {}
    worked: dict[str, list[float]] = {}
    floors: dict[str, list[float]] = {}
    hits: dict[str, list[int]] = {}
    owner = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    for words in ("Тамбов", "trade"):
        with asking(asker_of(actor)):
            find(actor, Asked(words=words))
    for asked in rounds:
        for kind, words in asked:
            started, before = time.perf_counter(), processor_time()
            with asking(asker_of(actor)):
                found = find(actor, Asked(words=words))
            taken.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
            worked.setdefault(kind, []).append(processor_time() - before)
            hits.setdefault(kind, []).append(found.total)
            query = question(words).query
            started = time.perf_counter()
            owner.execute(FLOOR, [query, query]).fetchall()
            floors.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
    owner.close()
    for kind, times in taken.items():
        print(
            f"{kind:<18} median {statistics.median(times):7.1f} ms, slowest {max(times):7.1f} ms, "
            f"of the processor {statistics.median(worked[kind]):5.1f} ms, "
            f"floor {statistics.median(floors[kind]):7.1f} ms, "
            f"hits {statistics.median(hits[kind]):,.0f}"
        )
    everything, floor = [t for times in taken.values() for t in times], [t for times in floors.values() for t in times]
    work = [t for times in worked.values() for t in times]
    found = {
        "p50": percentile(everything, 0.5),
        "p95": percentile(everything, 0.95),
        "p50 of the processor": percentile(work, 0.5),
        "p95 of the processor": percentile(work, 0.95),
        "floor p50": percentile(floor, 0.5),
        "floor p95": percentile(floor, 0.95),
    }
    for name, value in found.items():
        print(f"{name:<22} {value:8.1f} ms")
    print(
        f"p50 / floor {found['p50'] / found['floor p50']:.2f} x, p95 / floor {found['p95'] / found['floor p95']:.2f} x"
    )
    return found


def run(options: argparse.Namespace) -> dict[str, float]:
    """Build what is missing on the database of DATABASE_URL, and measure."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone
    from fenced import as_the_web_asks
    from web import prepare

    from foedera.accounts.models import Person
    from foedera.accounts.queries import actor_of, duties_on

    call_command("migrate", verbosity=0)
    prepare()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM agreements_agreement")
        there = cursor.fetchone()[0]
    if there < options.records:
        populate(options.records - there, options.texts)
    # What a kept population was made anew by a migration is not tidied yet.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE platform_search_searchentry")
    duty = duties_on(Person.objects.get(login="benchmark").pk, timezone.localdate())[0]
    actor, chance = actor_of(duty, language="ru", channel="api"), random.Random(5)
    rounds = [questions(chance) for _round in range(ROUNDS)]
    with as_the_web_asks():
        return measure(actor, rounds)


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Measure on the database of DATABASE_URL, else on a cluster of its own; returns the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, help="a folder in which the population is kept for the next run")
    options = parser.parse_args(arguments)
    if "DATABASE_URL" in os.environ:
        return run(options)
    from foedera.config.embedded import running

    with tempfile.TemporaryDirectory(prefix="foedera-benchmark-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # the database runs as another user
        with running(folder / "data") as cluster:
            os.environ["DATABASE_URL"] = cluster.url
            os.environ["FOEDERA_DATA"] = str(folder / "data")
            os.environ.setdefault("FOEDERA_SECRET_KEY", "of the benchmark")
            os.environ["FOEDERA_LOG_LEVEL"] = "ERROR"
            os.environ["DJANGO_SETTINGS_MODULE"] = "foedera.config.settings"
            return run(options)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
