"""The plan of the house holds: who imports whom, which file does what, what every model and description must have."""

from __future__ import annotations

import ast
import io
import os
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.utils import translation
from django.utils.functional import Promise

from foedera.config.installation import PROJECT
from foedera.platform.history.triggers import tracked_models
from foedera.platform.lists.description import Column, RecordType, record_types

PACKAGE = PROJECT / "src" / "foedera"
# The house says about 400; a class or a list of shapes that belongs together may go a little beyond.
LONGEST = 450
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc", "tools"}
WRITES_AND_READS = {"objects", "_default_manager", "_base_manager"}
REGISTRIES = r"https?://[a-z0-9.-]*(npmjs|pythonhosted|pypi|deb\.debian)"
MACHINE_PATHS = r"(^|[^a-z.])/(work|root|tmp)/[a-z]"
LARGEST_FILE = 1_500_000
# Files that say what must not be said, in order to look for it.
SAYS_IT = ":!tests/test_architecture.py"


def sources() -> Iterator[Path]:
    """Python files of the program: no tests, no migrations."""
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).parts
        if "tests" not in parts and "migrations" not in parts:
            yield file


def named(file: Path) -> str:
    return str(file.relative_to(PROJECT))


def is_thin(file: Path) -> bool:
    """Whether a file of a room only parses, calls and shows."""
    inside = file.relative_to(PACKAGE).parts
    return inside[0] != "platform" and (file.name in ("views.py", "api.py") or "views" in inside[:-1])


def reached_managers(tree: ast.AST) -> list[int]:
    return [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in WRITES_AND_READS]


@pytest.mark.parametrize("file", [f for f in sources() if is_thin(f)], ids=named)
def test_views_and_api_read_by_queries_and_write_by_actions(file: Path) -> None:
    lines = reached_managers(ast.parse(file.read_text(encoding="utf-8")))
    assert not lines, f"{named(file)} reaches for rows itself in lines {lines}; a query or an action does that"


def test_a_manager_in_a_view_would_be_found() -> None:
    assert reached_managers(ast.parse("def page(request):\n    return Agreement.objects.all()")) == [2]


def test_rooms_use_only_rooms_that_stand_earlier_in_the_house() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def code_lines(text: str) -> int:
    """Lines that hold code: no blank ones, no comments, no docstrings."""
    told: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.end_lineno:
                told.update(range(first.lineno, first.end_lineno + 1))
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            held.update(range(token.start[0], token.end[0] + 1))
    return len(held - told)


def test_no_file_grows_beyond_what_one_can_hold_in_the_head() -> None:
    counted = {named(f): code_lines(f.read_text(encoding="utf-8")) for f in sources()}
    long = {name: count for name, count in counted.items() if count > LONGEST}
    assert not long, f"Make folders of these (more than {LONGEST} lines of code): {long}"


def test_no_module_is_named_by_nothing() -> None:
    shapeless = [named(f) for f in PACKAGE.rglob("*") if f.stem in SHAPELESS and (f.is_dir() or f.suffix == ".py")]
    shapeless.remove(
        "src/foedera/platform/access/database/base.py"
    )  # Django looks for a database backend under this name
    assert not shapeless, f"Say what these hold: {shapeless}"


def our_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m.__module__.startswith("foedera.")]


def room_of(model: type[models.Model]) -> str:
    return model.__module__.split(".")[1]


def test_every_model_is_named_in_a_test_of_its_room() -> None:
    texts: dict[str, str] = {}
    for file in PACKAGE.rglob("tests/*.py"):
        room = file.relative_to(PACKAGE).parts[0]
        texts[room] = texts.get(room, "") + file.read_text(encoding="utf-8")
    untested = [m.__name__ for m in our_models() if not re.search(rf"\b{m.__name__}\b", texts.get(room_of(m), ""))]
    assert not untested, f"No test of their room names these models: {untested}"


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, verbosity=1)
    except SystemExit:
        pytest.fail(f"The models differ from their migrations:\n{said.getvalue()}")


def found_in_files(pattern: str, *paths: str) -> list[str]:
    done = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", *paths, SAYS_IT], cwd=PROJECT, capture_output=True, text=True
    )
    return [line[:160] for line in done.stdout.splitlines()]


def test_no_file_names_a_package_registry() -> None:
    assert not found_in_files(REGISTRIES, ".", ":!*.md")


def test_no_file_names_a_folder_of_one_machine() -> None:
    found = found_in_files(MACHINE_PATHS, "*.py", "*.md", "*.toml", "*.sh", "*.yaml", "foedera", ".ci")
    assert not found, "\n".join(found)


def test_no_large_file_is_tracked() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True).stdout.split("\0")
    sizes = {name: (PROJECT / name).stat().st_size for name in listed if name and (PROJECT / name).is_file()}
    assert not {n: s for n, s in sizes.items() if s > LARGEST_FILE}


@pytest.mark.django_db
def test_every_tracked_model_has_its_triggers() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
        )
        there = set(cursor.fetchall())
    wanted = {
        (m._meta.db_table, f"history_{event}") for m in tracked_models() for event in ("insert", "update", "delete")
    }
    wanted |= {(table, "append_only") for table in ("history_entry", "history_action")}
    assert wanted <= there, f"Without trigger: {sorted(wanted - there)}"


def test_a_model_is_left_out_of_the_history_only_by_its_own_word() -> None:
    untracked = {m._meta.label for m in our_models()} - {m._meta.label for m in tracked_models()}
    said = {m._meta.label for m in our_models() if getattr(m, "untracked", False)}
    assert {label for label in untracked - said if not label.startswith("platform_history.")} == set()
    assert said <= untracked


def _columns(columns: Iterable[Column]) -> Iterator[Column]:
    for column in columns:
        yield column
        yield from _columns(column.rows)


def _shown_words(kind: RecordType) -> Iterator[tuple[str, object]]:
    yield from ((f"{kind.name}.{part}", getattr(kind, part)) for part in ("singular", "plural", "lead", "empty"))
    yield from ((f"{kind.name} group {name}", label) for name, label in kind.groups)
    for column in _columns(kind.columns):
        yield from ((f"{kind.name}.{column.name} {p}", getattr(column, p)) for p in ("label", "unit", "help"))


@pytest.mark.parametrize("kind", record_types(), ids=lambda kind: kind.name)
def test_every_column_of_a_record_type_is_said_in_russian(kind: RecordType) -> None:
    faults = []
    for where, words in _shown_words(kind):
        if not words:
            continue
        with translation.override("ru"):
            in_russian = str(words)
        if not isinstance(words, Promise):
            faults.append(f"{where}: “{words}” is not marked for translation")
        elif not re.search("[а-яё]", in_russian, re.IGNORECASE) and re.search("[a-z]{3}", in_russian, re.IGNORECASE):
            faults.append(f"{where}: “{in_russian}” is not translated")
    assert not faults, "\n".join(faults)
