"""Verifying an exported history without the system: no database, no settings, no Django.

    ./foedera history verify FILE [--root HEX] [--timestamp FILE --certificate PEM]
    python -m foedera.platform.history.verifying FILE ...

Says for each action and entry what is wrong: altered (it is not what was sealed), missing (it was sealed and is not there) or inserted
(it is there and no seal names it); and for each seal whether it follows from its leaves and from the seal before it. Somebody who can
rewrite everything can also make a new chain that fits: only a root that was published, or stamped by an outside authority, tells that.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .canonical import COMMITTED, canonical, commitment, members_of, parse
from .merkle import leaf_hash, root, seal_hash

KINDS = {"a": "action", "e": "entry"}
SHOWN = 200


class Unreadable(Exception):
    """The file is no exported history, or is cut off."""


@dataclass(slots=True)
class Report:
    """What was found: faults in words with the names of what they are about, and counts."""

    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    inserted: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    seals: int = 0
    leaves: int = 0
    unsealed: int = 0
    hashes: dict[str, int] = field(default_factory=dict)
    made_at: str = ""

    @property
    def intact(self) -> bool:
        """Whether nothing was altered, is missing or was inserted, and the chain holds. What was erased is no fault."""
        return not (self.altered or self.missing or self.inserted or self.chain)


@dataclass(slots=True)
class _Open:
    """The seal whose leaves are being read."""

    number: int
    root: str
    members: list[tuple[str, int]]
    named: set[tuple[str, int]]
    leaves: dict[tuple[str, int], bytes] = field(default_factory=dict)


class Verifier:
    """Reads an export line by line and keeps no more than the leaves of one seal."""

    def __init__(self) -> None:
        self.report = Report()
        self._open: _Open | None = None
        self._previous = ""
        self._ended = False

    def line(self, document: dict[str, Any]) -> None:
        """Take one line. Raises Unreadable for one that no export holds."""
        if self._ended:
            raise Unreadable("something stands behind the end")
        if "seal" in document:
            self._seal(document)
        elif "leaf" in document:
            self._leaf(document)
        elif "end" in document:
            self._end(document["end"])
        elif "action" in document or "entry" in document:
            self._close()
            self.report.unsealed += 1
        elif "foedera_history" not in document:
            raise Unreadable("there is a line of no known kind")

    def finish(self) -> Report:
        """What was found. Raises Unreadable when the end is missing."""
        if not self._ended:
            raise Unreadable("the file is cut off: its last line is missing")
        return self.report

    def _seal(self, document: dict[str, Any]) -> None:
        self._close()
        seal, stated = document["seal"], str(document.get("hash", ""))
        number = int(seal["number"])
        if number != self.report.seals + 1:
            self.report.chain.append(f"seal {self.report.seals + 1} is missing: seal {number} follows")
        found = seal_hash(canonical({"seal": seal})).hex()
        if found != stated:
            self.report.chain.append(f"seal {number} was altered: its hash is {found}, not {stated}")
        if seal["previous"] != self._previous:
            self.report.chain.append(f"seal {number} does not follow from the seal before it")
        members = members_of(seal["members"])
        if len(members) != seal["count"]:
            self.report.chain.append(f"seal {number} names {len(members)} members and counts {seal['count']}")
        self._open = _Open(number, seal["root"], members, set(members))
        self._previous = found
        self.report.seals = number
        self.report.hashes[found] = number

    def _leaf(self, document: dict[str, Any]) -> None:
        self.report.leaves += 1
        opened = self._open
        if opened is None:
            raise Unreadable("a leaf stands under no seal")
        if "gone" in document:
            kind, key = document["gone"]
            opened.leaves[(kind, int(key))] = bytes.fromhex(document["leaf"])
            self.report.missing.append(f"{KINDS.get(kind, kind)} {key}")
            return
        kind = "a" if "action" in document else "e"
        whole = document[KINDS[kind]]
        member = (kind, int(whole["id"]))
        name = f"{KINDS[kind]} {whole['id']}"
        if member not in opened.named or member in opened.leaves:
            self.report.inserted.append(f"{name} (under seal {opened.number})")
            return
        stated = bytes.fromhex(document["leaf"])
        opened.leaves[member] = stated
        if leaf_hash(canonical({KINDS[kind]: whole})) != stated:
            self.report.altered.append(name)
        if kind == "e":
            self._personal(name, whole, document.get("personal") or [])

    def _personal(self, name: str, entry: dict[str, Any], values: list[dict[str, Any]]) -> None:
        """Each committed value must be there and fit, or have been erased by an action that is named."""
        kept = {(v["side"], v["field"]): v for v in values}
        for side in ("before", "after"):
            for column, value in (entry.get(side) or {}).items():
                if not (isinstance(value, dict) and set(value) == {COMMITTED}):
                    continue
                found = kept.pop((side, column), None)
                if found is None:
                    self.report.missing.append(f"{name}: the personal value of {column} ({side})")
                elif found["salt"] is None and found["erased"] is not None:
                    self.report.erased.append(f"{name}: {column} ({side}), by action {found['erased']}")
                elif found["salt"] is None or commitment(found["salt"], found["value"]) != value[COMMITTED]:
                    self.report.altered.append(f"{name}: the personal value of {column} ({side})")
        self.report.inserted.extend(f"{name}: a personal value of {column} ({side})" for side, column in kept)

    def _close(self) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        unseen = [m for m in opened.members if m not in opened.leaves]
        self.report.missing.extend(f"{KINDS[kind]} {key}" for kind, key in unseen)
        if unseen:
            self.report.chain.append(f"seal {opened.number} cannot be computed again without what is missing under it")
        elif root([opened.leaves[m] for m in opened.members]).hex() != opened.root:
            self.report.chain.append(
                f"seal {opened.number} is not the root of its leaves: some were altered with their hashes"
            )

    def _end(self, counts: dict[str, Any]) -> None:
        self._close()
        self._ended = True
        held = {"seals": self.report.seals, "leaves": self.report.leaves, "unsealed": self.report.unsealed}
        for name, count in held.items():
            if counts.get(name) != count:
                self.report.chain.append(f"the file says that it holds {counts.get(name)} {name}; it holds {count}")


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of an exported history. Raises Unreadable."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                document = parse(line)
                if not isinstance(document, dict) or (number == 1 and document.get("foedera_history") != 1):
                    raise Unreadable("this is no exported history of version 1")
                yield document
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(str(error)) from error
    except ValueError as error:
        raise Unreadable(f"a line is no JSON: {error}") from error


def verify(path: Path) -> Report:
    """What is found in an exported history. Raises Unreadable for a file that is none."""
    verifier = Verifier()
    try:
        for document in read_lines(path):
            verifier.line(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"a line lacks what it must hold: {error!r}") from error
    return verifier.finish()


def say(report: Report) -> Iterator[str]:
    """The report in lines."""
    yield f"{report.seals} seals, {report.leaves} leaves, {report.unsealed} not under a seal yet."
    for title, found in (
        ("Altered", report.altered),
        ("Missing", report.missing),
        ("Inserted", report.inserted),
        ("Chain", report.chain),
        ("Erased under a retention rule (no fault)", report.erased),
    ):
        if found:
            yield f"{title}: {len(found)}"
            yield from (f"  {line}" for line in found[:SHOWN])
            if len(found) > SHOWN:
                yield f"  and {len(found) - SHOWN} more"


def main(arguments: list[str]) -> int:
    """Verify a file and say what was found; 0 when it is intact, 1 when not, 2 when it cannot be read."""
    parser = argparse.ArgumentParser("foedera history verify", description="Verify an exported history.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--root", default="", metavar="HEX", help="a published root that the history must hold")
    parser.add_argument("--timestamp", type=Path, help="a time stamp (RFC 3161) over one of its seals")
    parser.add_argument("--certificate", type=Path, help="the authority's root certificates, PEM; with --timestamp")
    options = parser.parse_args(arguments)
    try:
        report = verify(options.file)
    except Unreadable as error:
        print(f"{options.file} cannot be verified: {error}", file=sys.stderr)
        return 2
    for line in say(report):
        print(line)
    sound = report.intact
    if options.root:
        number = report.hashes.get(options.root.strip().lower())
        print(
            f"The published root is that of seal {number}." if number else "The published root is not in this history."
        )
        sound = sound and number is not None
    if options.timestamp:
        sound = _check_stamp(report, options.timestamp, options.certificate) and sound
    print("Intact." if sound else "NOT intact.")
    return 0 if sound else 1


def _check_stamp(report: Report, stamp: Path, certificate: Path | None) -> bool:
    from .stamping import StampError, verify_stamp

    if certificate is None:
        print("Name the authority's certificates with --certificate; without them a time stamp proves nothing.")
        return False
    try:
        answer, roots = stamp.read_bytes(), certificate.read_bytes()
    except OSError as error:
        print(f"The time stamp cannot be read: {error}")
        return False
    for digest, number in report.hashes.items():
        try:
            found = verify_stamp(answer, bytes.fromhex(digest), roots)
        except StampError as error:
            reason = str(error)
            continue
        print(f"Seal {number} was stamped at {found.at.isoformat()} by {found.authority}.")
        return True
    print(f"The time stamp is not over a seal of this history: {reason if report.hashes else 'it holds none'}.")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
