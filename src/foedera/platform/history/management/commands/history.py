"""`./foedera history`: seal, export, verify, time stamps, retention rules, erasing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foedera.platform.access.actors import system
from foedera.platform.actions.errors import Invalid
from foedera.platform.history import verifying
from foedera.platform.history.erasing import erase_due, set_rule
from foedera.platform.history.exporting import export_history
from foedera.platform.history.sealing import seal_all
from foedera.platform.history.seals import StampError, keep_stamp, request_for_seal, rules


class Command(BaseCommand):
    help = "The history: seal it, export it, verify an export, keep time stamps, erase personal data that is due."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command."""
        commands = parser.add_subparsers(dest="step", required=True)
        seal = commands.add_parser("seal", help="put what is new under a seal")
        seal.add_argument("--whole", action="store_true", help="look through the whole history")
        export = commands.add_parser("export", help="write the whole history to one file")
        export.add_argument("file", type=Path)
        verify = commands.add_parser("verify", help="verify an exported file (needs no database)", add_help=False)
        verify.add_argument("rest", nargs=argparse.REMAINDER)
        stamp = commands.add_parser("timestamp", help="ask for, or keep, an outside authority's stamp over a seal")
        stamp.add_argument("--seal", type=int, help="its number; the last one without it")
        stamp.add_argument("--request", type=Path, help="write the request (RFC 3161) to this file")
        stamp.add_argument("--response", type=Path, help="verify the authority's answer in this file and keep it")
        stamp.add_argument("--certificate", type=Path, help="the authority's root certificates, PEM; with --response")
        retention = commands.add_parser("retention", help="list the retention rules, or set one")
        retention.add_argument("table", nargs="?", default="")
        retention.add_argument("field", nargs="?", default="")
        retention.add_argument("--from", dest="counted_from", default="", help="the way to the day: agreement__ends_on")
        retention.add_argument("--months", type=int, default=-1)
        retention.add_argument("--ground", default="")
        erase = commands.add_parser("erase", help="erase personal data that is due under the rules")
        erase.add_argument("--dry-run", action="store_true", help="only count the records")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out the sub-command."""
        try:
            getattr(self, f"_{options['step']}")(options)
        except Invalid as error:
            raise CommandError("; ".join(f"{p.field}: {p.message}" for p in error.problems)) from error
        except OSError as error:
            raise CommandError(f"{error.strerror or error} ({error.filename})") from error

    def _seal(self, options: dict[str, Any]) -> None:
        made = seal_all(whole=options["whole"])
        for sealed in made:
            self.stdout.write(f"Seal {sealed.number} over {sealed.count}: {sealed.hash}")
        if not made:
            self.stdout.write("Everything is under a seal already.")

    def _export(self, options: dict[str, Any]) -> None:
        held = export_history(options["file"])
        self.stdout.write(f"{held.seals} seals, {held.leaves} leaves, {held.unsealed} not under a seal yet.")

    def _verify(self, options: dict[str, Any]) -> None:
        code = verifying.main(options["rest"])
        if code:
            raise SystemExit(code)

    def _timestamp(self, options: dict[str, Any]) -> None:
        try:
            if options["request"]:
                number, request = request_for_seal(options["seal"])
                options["request"].write_bytes(request)
                self.stdout.write(
                    f"The request for seal {number} is in {options['request']}; send it to the authority."
                )
            elif options["response"] and options["certificate"]:
                kept = keep_stamp(
                    options["seal"], options["response"].read_bytes(), options["certificate"].read_bytes()
                )
                self.stdout.write(
                    f"Seal {kept.seal_id} was stamped at {kept.stamped_at.isoformat()} by {kept.authority}."
                )
            else:
                raise CommandError("give --request FILE, or --response FILE with --certificate PEM")
        except (LookupError, StampError) as error:
            raise CommandError(str(error)) from error

    def _retention(self, options: dict[str, Any]) -> None:
        if options["table"]:
            set_rule(
                system(timezone.localdate()),
                **{name: options[name] for name in ("table", "field", "counted_from", "months", "ground")},
            )
        for rule in rules():
            line = f"{rule.table_name}.{rule.field}: {rule.months} months after {rule.counted_from} ({rule.ground})"
            self.stdout.write(line)

    def _erase(self, options: dict[str, Any]) -> None:
        for erased in erase_due(system(timezone.localdate()), dry=options["dry_run"]):
            done = "would be erased" if options["dry_run"] else f"erased, {erased.values} values of the history"
            self.stdout.write(f"{erased.table}.{erased.field}: {erased.records} records {done}")
