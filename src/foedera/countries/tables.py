"""Reading the CSV and TOML files of a profile: every fault is collected and named, none is passed over.

A table is a CSV file in UTF-8 (plain or ``.csv.gz``) whose columns are the fields of a row model. Names in several
languages are columns of their own: ``name_en``, ``name_ru`` fill ``names``; ``seat_en`` fills ``seat``, and so on.
"""

import csv
import gzip
import io
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)

_SINGULAR = {
    "names": "name",
    "official_names": "official_name",
    "short_names": "short_name",
    "type_names": "type_name",
    "seat": "seat",
    "statement": "statement",
    "keywords": "keywords",
}
_LANGUAGES = ("en", "ru", "pt")
_LIST_MARK = {"keywords": ";"}


class Place(NamedTuple):
    """Where something stands: the file's name within the profile and the line (1 is the header)."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a profile's data. ``line`` is 0 and ``column`` empty where the fault is of the whole file."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = self.file + (f", line {self.line}" if self.line else "") + (f", {self.column}" if self.column else "")
        return f"{where}: {self.reason}"


class ProfileError(ValueError):
    """The data of a profile are faulty; ``problems`` holds all faults found, in the order of the files."""

    def __init__(self, folder: str, problems: list[Problem]) -> None:
        self.folder = folder
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"{folder}: {len(problems)} fault(s)\n{lines}")


class _Columns(NamedTuple):
    plain: Mapping[str, bool]
    """Field name to "must be there"."""
    lists: frozenset[str]
    numbers: frozenset[str]
    translated: Mapping[str, tuple[str, bool]]
    """Column prefix to field and whether its values are lists."""


@cache
def _columns(model: type[BaseModel]) -> _Columns:
    plain: dict[str, bool] = {}
    lists: set[str] = set()
    numbers: set[str] = set()
    translated: dict[str, tuple[str, bool]] = {}
    for name, field in model.model_fields.items():
        origin = typing.get_origin(field.annotation)
        if origin is Mapping:
            translated[_SINGULAR[name]] = (name, typing.get_origin(typing.get_args(field.annotation)[1]) is tuple)
            continue
        plain[name] = field.is_required()
        if origin is tuple:
            lists.add(name)
        elif origin in (types.UnionType, typing.Union):
            numbers.add(name)
    return _Columns(plain, frozenset(lists), frozenset(numbers), translated)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, unpacked if its name ends in ``.gz``. Raises OSError, UnicodeDecodeError."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")


def read_toml(path: Path, problems: list[Problem]) -> dict[str, Any]:
    """Return the content of a TOML file, or an empty dictionary with the fault added to ``problems``."""
    try:
        return tomllib.loads(read_text(path))
    except FileNotFoundError:
        problems.append(Problem(path.name, 0, "", "the file is missing"))
    except UnicodeDecodeError as error:
        problems.append(Problem(path.name, 0, "", f"not UTF-8 at byte {error.start}"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(path.name, 0, "", f"not TOML: {error}"))
    return {}


def convert(
    model: type[Model], values: Mapping[str, Any], file: str, line: int, problems: list[Problem]
) -> Model | None:
    """Return the checked row, or None with every fault of it added to ``problems``."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            column = ".".join(_column_name(part) for part in fault["loc"])
            reason = fault["msg"].removeprefix("Value error, ")
            if fault["type"] not in ("missing", "extra_forbidden") and isinstance(fault["input"], str | int | float):
                reason = f"{reason}: {str(fault['input'])!r}"
            problems.append(Problem(file, line, column, reason))
        return None


def _column_name(part: str | int) -> str:
    return _SINGULAR.get(part, part) if isinstance(part, str) else str(part)


def read_table(folder: Path, name: str, model: type[Model], problems: list[Problem]) -> list[tuple[Place, Model]]:
    """Return the sound rows of a CSV file with their places; add every fault to ``problems``.

    Checked: that the file is there and UTF-8, that no column is missing, unknown or double, that each row has as many
    cells as the header, that each cell has its type, and that the English name is there.
    """
    try:
        text = read_text(folder / name)
    except FileNotFoundError:
        problems.append(Problem(name, 0, "", "the file is missing"))
        return []
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        problems.append(Problem(name, 0, "", f"cannot be read as UTF-8 text: {error}"))
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[Place, Model]] = []
    try:
        header = next(reader, [])
        if not _header_is_sound(header, name, model, problems):
            return []
        for cells in reader:
            if not cells:
                continue
            line = reader.line_num
            if len(cells) != len(header):
                problems.append(Problem(name, line, "", f"{len(cells)} cells, but {len(header)} columns"))
                continue
            row = convert(model, _values(header, cells, model), name, line, problems)
            if row is not None:
                rows.extend(_with_english(row, Place(name, line), model, problems))
    except csv.Error as error:
        problems.append(Problem(name, reader.line_num, "", f"not CSV: {error}"))
    return rows


def _header_is_sound(header: list[str], name: str, model: type[BaseModel], problems: list[Problem]) -> bool:
    columns = _columns(model)
    known = set(columns.plain) | {f"{prefix}_{language}" for prefix in columns.translated for language in _LANGUAGES}
    wanted = {column for column, required in columns.plain.items() if required}
    if "name" in columns.translated:
        wanted.add("name_en")
    before = len(problems)
    for column in sorted(wanted - set(header)):
        problems.append(Problem(name, 1, column, "the column is missing"))
    for column in sorted(set(header) - known):
        problems.append(Problem(name, 1, column, "no such column"))
    for column in sorted({column for column in header if header.count(column) > 1}):
        problems.append(Problem(name, 1, column, "the column is there twice"))
    return len(problems) == before


def _values(header: list[str], cells: list[str], model: type[BaseModel]) -> dict[str, Any]:
    columns = _columns(model)
    values: dict[str, Any] = {field: {} for field, _ in columns.translated.values()}
    for column, cell in zip(header, cells, strict=True):
        cell = cell.strip()
        if column in columns.plain:
            if column in columns.lists:
                values[column] = tuple(cell.split())
            elif cell or (columns.plain[column] and column not in columns.numbers):
                values[column] = cell
            continue
        prefix, _, language = column.rpartition("_")
        field, many = columns.translated[prefix]
        if cell:
            mark = _LIST_MARK.get(field, "|")
            values[field][language] = tuple(part.strip() for part in cell.split(mark)) if many else cell
    return values


def _with_english(
    row: Model, place: Place, model: type[Model], problems: list[Problem]
) -> Iterator[tuple[Place, Model]]:
    names = getattr(row, "names", None)
    if names is not None and not names.get("en"):
        problems.append(Problem(place.file, place.line, "name_en", "the English name is missing"))
        return
    code = model.model_fields.get("code")
    if code is not None and code.is_required() and not getattr(row, "code", ""):
        problems.append(Problem(place.file, place.line, "code", "the code is missing"))
        return
    yield place, row
