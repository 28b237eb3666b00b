"""What goes wrong outside: a killed import, a database that is gone, a full disk, files too large, wrong or bent on harm."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from python_calamine import CalamineWorkbook

from foedera.config.embedded import Cluster

from .serving import PASSWORD, Server, environment, run, served
from .visiting import Visitor

ROWS = 20_000
FULL_DISK_BYTES = 512 * 1024


@dataclass
class Place:
    """A register of its own: the cluster that can be stopped, the server on it, where its files lie."""

    cluster: Cluster
    server: Server
    data: Path
    settings: dict[str, str]

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.settings["DATABASE_URL"]) as connection:
            return connection.execute(question.encode()).fetchall()

    def visitor(self) -> Visitor:
        return Visitor(self.server.url).sign_in("keeper")


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    # Not a folder of pytest, which keeps its folders from the user who runs PostgreSQL.
    folder = Path(tempfile.mkdtemp(prefix="foedera-faults-"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "cluster", throwaway=True)
    cluster.start()
    data = folder / "data"
    settings = {
        "DATABASE_URL": cluster.url,
        "FOEDERA_DATA": str(data),
        "FOEDERA_PROFILE": "RU",
        "FOEDERA_ADMIN_LOGIN": "keeper",
        "FOEDERA_ADMIN_NAME": "Synthetic keeper",
        "FOEDERA_ADMIN_PASSWORD": PASSWORD,
    }
    try:
        with served("up", **settings) as server:
            made = Place(cluster, server, data, settings)
            # The first administrator works as the coordinator in these tests.
            visitor = Visitor(server.url).sign_in("keeper")
            coordinator = made.rows("SELECT id FROM accounts_duty WHERE role = 'coordinator'")[0][0]
            with psycopg.connect(cluster.url) as connection:
                connection.execute("DELETE FROM accounts_duty WHERE role = 'administrator'")
            assert coordinator
            assert visitor.ask("/agreements/new/").status == 200
            yield made
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


AGREEMENT = {
    "title": "Synthetic agreement",
    "signed_on": "2014-03-12",
    "parties": [{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "territory": "BY"}],
}


def create(visitor: Visitor, **values: Any) -> str:
    answer = visitor.post_json("/api/v1/agreements", {**AGREEMENT, **values})
    assert answer.status == 201, answer.text
    number: str = answer.json()["number"]
    return number


# ------------------------------------------------------------------------------------------------------ a killed import


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lists") / "agreements.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["source_key", "title", "signed_on", "note"])
        for position in range(ROWS):
            writer.writerow([f"synthetic:{position}", f"Synthetic agreement {position}", "1994-03", "Synthetic " * 8])
    return file


def imported(place: Place) -> int:
    return int(place.rows("SELECT count(*) FROM agreements_agreement WHERE source_key LIKE 'synthetic:%'")[0][0])


def test_a_killed_import_leaves_nothing_half_written_and_can_be_done_again(place: Place, long_list: Path) -> None:
    command = [sys.executable, "-m", "foedera", "import", "agreements", str(long_list), "--json"]
    process = subprocess.Popen(
        command, env=environment(**place.settings), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    done = wait_for_rows(place, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < done < ROWS
    assert imported(place) == 0
    assert place.rows("SELECT count(*) FROM history_entry WHERE after->>'source_key' LIKE 'synthetic:%'") == [(0,)]

    # Whoever opens the imports sees that the run was interrupted.
    assert place.visitor().ask("/import/").status == 200
    key, state = place.rows("SELECT id, state FROM platform_lists_importrun ORDER BY id DESC LIMIT 1")[0]
    assert state == "interrupted"

    again = run("import", "agreements", long_list, "--json", **place.settings)
    assert again.returncode == 0, again.stdout[-2000:] + again.stderr[-2000:]
    assert imported(place) == ROWS
    assert place.rows(f"SELECT state FROM platform_lists_importrun WHERE id > {key}") == [("done",)]


def wait_for_rows(place: Place, process: subprocess.Popen[str]) -> int:
    """Wait until the import says that rows are done; returns how many."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        found = place.rows("SELECT rows_done FROM platform_lists_importrun WHERE state = 'running' AND rows_done > 0")
        if found:
            return int(found[0][0])
        time.sleep(0.05)
    raise AssertionError("the import did not begin")


def test_importing_the_same_again_changes_nothing(place: Place, long_list: Path) -> None:
    short = long_list.with_name("short.csv")
    with long_list.open(encoding="utf-8") as lines:
        short.write_text("".join(next(lines) for _ in range(500)), encoding="utf-8")
    first = run("import", "agreements", short, "--json", **place.settings)
    versions = place.rows("SELECT sum(version), max(updated_at) FROM agreements_agreement")
    second = run("import", "agreements", short, "--json", **place.settings)
    assert first.returncode == second.returncode == 0, second.stderr
    assert place.rows("SELECT sum(version), max(updated_at) FROM agreements_agreement") == versions


# --------------------------------------------------------------------------------------------- the database gone a while


def test_the_database_gone_for_a_while_is_said_and_nothing_is_lost(place: Place) -> None:
    visitor = place.visitor()
    number = create(visitor, title="Before the outage")
    counted = place.rows("SELECT count(*) FROM agreements_agreement")
    form_token = visitor.token("/agreements/new/")
    place.cluster.stop()
    try:
        page = visitor.ask(f"/agreements/{number}/", X_Request_ID="outage-of-the-test")
        assert page.status == 503
        assert "outage-of-the-test" in page.text
        assert page.headers["x-request-id"] == "outage-of-the-test"
        assert "Traceback" not in page.text

        problem = visitor.ask(f"/api/v1/agreements/{number}", Accept="application/json")
        assert (problem.status, problem.headers["content-type"]) == (503, "application/problem+json")
        assert problem.json()["status"] == 503
        assert problem.headers["x-request-id"]

        assert visitor.post_json("/api/v1/agreements", {**AGREEMENT, "title": "In the outage"}).status == 503
        sent = visitor.ask("/agreements/new/", data=f"csrfmiddlewaretoken={form_token}&title=In+the+outage".encode())
        assert sent.status == 503
        assert visitor.ask("/health/").status == 200
        assert visitor.ask("/ready/").status == 503
    finally:
        place.cluster.start()
    deadline = time.monotonic() + 60
    while visitor.ask("/ready/").status != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert visitor.ask(f"/agreements/{number}/").status == 200
    assert place.rows("SELECT count(*) FROM agreements_agreement") == counted
    assert create(visitor, title="After the outage") > number


# -------------------------------------------------------------------------------------------------------- bad uploads


def kept_files(place: Place) -> set[Path]:
    return {p for p in (place.data / "files").rglob("*") if p.is_file()}


def add_text(visitor: Visitor, number: str, name: str, content: bytes) -> Any:
    form = {"kind": "draft", "language": "en", "version": "1"}
    return visitor.upload(f"/agreements/{number}/add-text/", form, name, content)


def test_a_full_disk_is_said_and_leaves_nothing(place: Place) -> None:
    files = place.data / "files"
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={FULL_DISK_BYTES}", "tmpfs", str(files)], capture_output=True
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("nothing can be mounted here; the store itself is tested in platform/documents")
    try:
        visitor = place.visitor()
        number = create(visitor)
        answer = add_text(visitor, number, "text.txt", b"words " * FULL_DISK_BYTES)
        assert answer.status in (422, 507), answer.text[-1500:]
        assert "disk of the server is full" in answer.text
        assert not kept_files(place)
        assert place.rows("SELECT count(*) FROM agreements_textversion") == [(0,)]
    finally:
        subprocess.run(["umount", str(files)], check=True)
    assert add_text(visitor, number, "text.txt", b"words").status == 302


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("text.txt", b"x" * (65 * 1024 * 1024), "larger than 64 MiB"),
        ("text.pdf", b"MZ\x90\x00 not a PDF", "not what its name says"),
        ("text.txt", b"%PDF-1.7\x00\x01\x02\x00", "not what its name says"),
        ("text.exe", b"MZ\x90\x00", "are taken"),
        ("text.docx", b"PK\x03\x04 but cut off", "damaged"),
    ],
    ids=["too large", "a lying PDF", "a lying text", "a program", "a damaged document"],
)
def test_files_that_are_not_taken_say_why_and_leave_nothing(
    place: Place, name: str, content: bytes, words: str
) -> None:
    visitor = place.visitor()
    number = create(visitor)
    before = kept_files(place)
    answer = add_text(visitor, number, name, content)
    assert answer.status in (413, 422)
    assert words in answer.text
    assert kept_files(place) == before
    assert place.rows(
        f"SELECT count(*) FROM agreements_textversion t JOIN agreements_agreement a ON a.id = t.agreement_id WHERE a.number = '{number}'"
    ) == [(0,)]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("list.csv", b"\x00\x01\x02\x03" * 64, ""),
        ("list.xlsx", b"PK\x03\x04 but cut off", ""),
        ("list.csv.gz", gzip.compress(b"0" * (600 * 1024 * 1024), 1), "unpacks to more than"),
        ("list.csv", b"", ""),
    ],
    ids=["noise", "a damaged workbook", "a bomb", "nothing"],
)
def test_lists_that_cannot_be_read_are_refused_in_plain_words(
    place: Place, name: str, content: bytes, words: str
) -> None:
    runs = place.rows("SELECT count(*) FROM platform_lists_importrun")
    answer = place.visitor().upload("/import/", {"kind": "agreements"}, name, content)
    assert answer.status in (413, 422), answer.status
    assert words in answer.text
    assert "Traceback" not in answer.text
    assert place.rows("SELECT count(*) FROM platform_lists_importrun") == runs


def test_a_list_cut_off_in_the_middle_imports_nothing(place: Place, tmp_path: Path) -> None:
    lines = "".join(f"cut:{n},Synthetic agreement {n} {uuid.uuid4()}\n" for n in range(2000))
    file = tmp_path / "list.csv.gz"
    file.write_bytes(gzip.compress(f"source_key,title\n{lines}".encode())[:-4000])
    done = run("import", "agreements", file, "--json", **place.settings)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "damaged" in done.stderr
    assert place.rows("SELECT count(*) FROM agreements_agreement WHERE source_key LIKE 'cut:%'") == [(0,)]


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16"])
def test_russian_lists_are_read_in_every_encoding_they_are_written_in(
    place: Place, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "list.csv"
    title = f"Соглашение о сотрудничестве регионов, запись {encoding}"
    file.write_text(f'source_key,title\nencoding:{encoding},"{title}"\n', encoding=encoding)
    done = run("import", "agreements", file, "--json", **place.settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.rows(f"SELECT title FROM agreements_agreement WHERE source_key = 'encoding:{encoding}'") == [(title,)]


def test_rows_with_impossible_dates_are_named_and_the_others_taken(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "source_key,title,signed_on\n"
        "dates:1,Good,1954-03\ndates:2,Bad,2023-02-30\ndates:3,Older,1954\ndates:4,Worse,yesterday\n",
        encoding="utf-8",
    )
    done = run("import", "agreements", file, "--json", **place.settings)
    assert done.returncode == 0, done.stderr
    assert "2023-02-30" in done.stdout
    assert "yesterday" in done.stdout
    taken = place.rows(
        "SELECT source_key, signed_on FROM agreements_agreement WHERE source_key LIKE 'dates:%' ORDER BY 1"
    )
    assert taken == [("dates:1", "1954-03"), ("dates:3", "1954")]
    strict = run("import", "agreements", file, "--all-or-nothing", "--json", **place.settings)
    assert strict.returncode == 1


# -------------------------------------------------------------------------------------------------- spreadsheets, circles

FORMULAS = ('=HYPERLINK("https://example.org")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1")


def test_a_title_that_is_a_formula_stays_words_in_every_export(place: Place) -> None:
    visitor = place.visitor()
    for formula in FORMULAS:
        create(visitor, title=f"{formula} formula of the test")
    sheet = visitor.ask("/agreements/?q=formula+test&format=csv")
    titles = [row["title"] for row in csv.DictReader(io.StringIO(sheet.body.decode("utf-8-sig")))]
    assert len(titles) == len(FORMULAS)
    assert not [t for t in titles if t.lstrip("\t ")[:1] in "=+-@" and not t.startswith("'")], titles
    book = CalamineWorkbook.from_filelike(io.BytesIO(visitor.ask("/agreements/?q=formula+test&format=xlsx").body))
    cells = [
        cell for row in book.get_sheet_by_index(0).to_python() for cell in row if "formula of the test" in str(cell)
    ]
    assert sorted(str(c).strip() for c in cells) == sorted(f"{f} formula of the test".strip() for f in FORMULAS)


def test_agreements_cannot_amend_each_other_in_a_circle(place: Place) -> None:
    visitor = place.visitor()
    numbers = [create(visitor, title=f"Link {position} of a chain") for position in range(3)]
    for later, earlier in ((numbers[1], numbers[0]), (numbers[2], numbers[1])):
        assert link(visitor, later, earlier).status == 200
    for later, earlier in ((numbers[0], numbers[2]), (numbers[0], numbers[0])):
        refused = link(visitor, later, earlier)
        assert refused.status == 422, refused.text
        assert refused.json()["errors"]
    links = place.rows(
        "SELECT count(*) FROM agreements_agreementlink l JOIN agreements_agreement a ON a.id = l.agreement_id "
        f"WHERE a.number = '{numbers[0]}'"
    )
    assert links == [(0,)]


def link(visitor: Visitor, later: str, earlier: str) -> Any:
    version = visitor.ask(f"/api/v1/agreements/{later}").headers["etag"]
    return visitor.post_json(
        f"/api/v1/agreements/{later}/add_link", {"kind": "amends", "target": earlier}, If_Match=version
    )


def test_a_framework_cannot_stand_under_itself(place: Place) -> None:
    visitor = place.visitor()
    above = create(visitor, title="Framework of the test")
    below = create(visitor, title="Under the framework", framework=above)
    version = visitor.ask(f"/api/v1/agreements/{above}").headers["etag"]
    token = next(c.value or "" for c in visitor.cookies if c.name == "csrftoken")
    refused = visitor.ask(
        f"/api/v1/agreements/{above}",
        data=f'{{"framework": "{below}"}}'.encode(),
        method="PATCH",
        Content_Type="application/json",
        X_CSRFToken=token,
        If_Match=version,
    )
    assert refused.status == 422, refused.text
