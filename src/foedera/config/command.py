"""The command line: own commands (demo, up, backup, restore, test), everything else is a management command."""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from foedera.config.embedded import ClusterError
from foedera.config.fencing import FencedAddresses, environment_of, fenced_addresses, name_roles
from foedera.config.installation import Installation, StartError, code_hash

USAGE = Path(__file__).with_name("usage.txt")
DEFAULT_PORT = 8000
# Management commands that answer without a database.
WITHOUT_DATABASE = {"help", "version", "--version"}


def main(arguments: list[str] | None = None) -> NoReturn:
    """Runs one command and exits with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    # systemd and others end us with these; everything that we started has to end with us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        data, rest = take_data(given)
        sys.exit(run(rest, data))
    except StartError as error:
        sys.exit(f"foedera: {error}")
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def take_data(arguments: list[str]) -> tuple[str | None, list[str]]:
    """The value of --data, which every command takes, and the arguments without it. Raises StartError."""
    data: str | None = None
    rest: list[str] = []
    left = list(arguments)
    while left:
        argument = left.pop(0)
        if argument == "--":
            return data, [*rest, argument, *left]
        name, given, value = argument.partition("=")
        if name != "--data":
            rest.append(argument)
        elif given:
            data = value
        elif left:
            data = left.pop(0)
        else:
            raise StartError("--data needs the name of a folder.")
    return data, rest


def run(arguments: list[str], data: str | None) -> int:
    """Runs the command named by the first argument and returns its exit code. Raises StartError."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(USAGE.read_text(encoding="utf-8"), end="")
        return 0
    name, rest = arguments[0], arguments[1:]
    installation = Installation.at(data)
    match name:
        case "demo":
            return demo(installation, parse_demo(rest))
        case "up":
            return up(installation, parse_up(rest))
        case "backup":
            from foedera.config.backups import backup, parse_backup

            return backup(installation, parse_backup(rest))
        case "restore":
            from foedera.config.backups import parse_restore, restore

            return restore(installation, parse_restore(rest))
        case "history" if rest[:1] == ["verify"]:
            # No database and no settings: what is verified need not be of this machine.
            from foedera.platform.history.verifying import main as verify_history

            return verify_history(rest[1:])
        case "test":
            from foedera.config.checking import check

            return check(rest)
        case _:
            return manage(installation, arguments)


def _listening(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port to listen on")


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port; ports go from 1 to 65535")
    return int(text)


def parse_demo(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("foedera demo", description="Load the demonstration, review it and serve it.")
    parser.add_argument("profile", nargs="?", type=str.upper, default="RU", metavar="PROFILE", help="RU or BR")
    parser.add_argument("--no-serve", action="store_true", help="end after the summary of the review")
    _listening(parser)
    return parser.parse_args(arguments)


def parse_up(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("foedera up", description="Serve the register for real use.")
    parser.add_argument(
        "--profile", type=str.upper, help="country profile of a new register (else FOEDERA_PROFILE, else RU)"
    )
    _listening(parser)
    return parser.parse_args(arguments)


def manage(installation: Installation, arguments: list[str]) -> int:
    """Runs a management command, with the database running unless it needs none."""
    if arguments[0] in WITHOUT_DATABASE:
        installation.prepare()
        _execute(arguments)
        return 0
    with installation.database():
        fenced = os.environ.get("FOEDERA_FENCE") == "connection"
        if not fenced:
            name_roles(installation)
        if arguments[0] == "worker" and not fenced:
            # Background work owns nothing either, however it is started.
            os.environ.update(environment_of(fenced_addresses(installation).worker))
        if arguments[0] not in {"migrate", "makemigrations", "worker"}:
            migrate_when_changed(installation)
        _execute(arguments)
    return 0


def _execute(arguments: list[str]) -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["foedera", *arguments])


def migrate_when_changed(installation: Installation, *, aloud: bool = False) -> None:
    """Brings the database up to date unless the record says that this very code has done so.

    An operator's own server (DATABASE_URL) is brought up to date by `up`, `demo` and `migrate` only.
    """
    if installation.external and not aloud:
        return
    code = code_hash()
    if installation.record.get("prepared") == code:
        return
    began = time.monotonic()
    _call("migrate", interactive=False, verbosity=0)
    installation.note(prepared=code)
    if aloud:
        _say(f"The database is up to date ({time.monotonic() - began:.1f} s).")


def _call(command: str, *arguments: str, **options: Any) -> None:
    _set_up()
    from django.core.management import CommandError, call_command

    try:
        call_command(command, *arguments, **options)
    except CommandError as error:
        raise StartError(str(error)) from error


def _set_up() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def _say(line: str) -> None:
    print(line, flush=True)


def demo(installation: Installation, options: argparse.Namespace) -> int:
    """Loads the demonstration of a profile, reviews it, prints the summary and serves."""
    from foedera.config.serving import check_port

    if not options.no_serve:
        check_port(options.host, options.port)
    os.environ["FOEDERA_PROFILE"] = options.profile
    began = time.monotonic()
    with installation.database():
        name_roles(installation)
        addresses = None if options.no_serve else fenced_addresses(installation)
        record = installation.record
        loaded = record.get("demonstration")
        if loaded not in (None, options.profile) or (loaded is None and record.get("administrator")):
            holds = f"the demonstration of {loaded}" if loaded else "a register in use"
            raise StartError(
                f"The folder {installation.data} holds {holds}. Name another one for this demonstration: "
                f"./foedera demo {options.profile} --data var/demo-{options.profile.lower()}"
            )
        _say(f"The database is running ({time.monotonic() - began:.1f} s).")
        migrate_when_changed(installation, aloud=True)
        _reach_the_roles(installation)
        step = time.monotonic()
        _call("load_demonstration", options.profile)
        installation.note(demonstration=options.profile, profile=options.profile)
        _say(f"The demonstration of {options.profile} is loaded ({time.monotonic() - step:.1f} s).")
        _call("review")
        if addresses is None:
            return 0

        from foedera.accounts.demonstration import sign_ins

        lines = [(person.name, person.login, person.password, person.role) for person in sign_ins()]
        return _serve(installation, options, addresses, sign_in_table(lines))


def sign_in_table(lines: list[tuple[str, str, str, str]]) -> str:
    """Name, sign-in, password and role of each person as an aligned table."""
    rows = [("Name", "Sign-in", "Password", "Role"), *lines]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def up(installation: Installation, options: argparse.Namespace) -> int:
    """Serves the register for real use; the first start makes the first administrator."""
    from foedera.config.serving import check_port

    check_port(options.host, options.port)
    if options.profile:
        os.environ["FOEDERA_PROFILE"] = options.profile
    with installation.database():
        name_roles(installation)
        addresses = fenced_addresses(installation)
        migrate_when_changed(installation, aloud=True)
        _reach_the_roles(installation)
        record = installation.record
        if record.get("demonstration"):
            _say("This folder holds the demonstration, whose passwords are public: do not use it for real work.")
        elif not record.get("administrator"):
            _ensure_administrator(installation)
        return _serve(installation, options, addresses, "")


def _reach_the_roles(installation: Installation) -> None:
    """On a server of the operator's the fenced roles may have been made, or named, after the last migration."""
    if not installation.external:
        return
    _set_up()
    from django.db import connection

    from foedera.platform.access import installing

    if not installing.reaches_the_roles(connection):
        installing.install(connection)


def _ensure_administrator(installation: Installation) -> None:
    _set_up()
    from foedera.accounts.models import Person
    from foedera.accounts.queries import body_for_administrator
    from foedera.platform.access.roles import Role

    if not Person.objects.filter(is_active=True, duties__role=Role.ADMINISTRATOR).exists():
        try:
            body_for_administrator()
        except LookupError:
            _load_profile(installation)
        login, name, password = _first_administrator()
        _call("create_administrator", login=login, name=name, password=password)
        _say(f"The administrator {login} may now sign in.")
    installation.note(administrator=True)


def _load_profile(installation: Installation) -> None:
    """Fills the directory of a new register from the country profile that FOEDERA_PROFILE names."""
    from django.conf import settings
    from django.utils import timezone

    from foedera import countries
    from foedera.directory.loading import load_profile
    from foedera.platform.access.actors import system

    profile = settings.FOEDERA_PROFILE
    if profile not in countries.available():
        raise StartError(f"There is no country profile {profile}; there are {', '.join(countries.available())}.")
    began = time.monotonic()
    load_profile(profile, system(timezone.localdate(), name="Set-up"))
    installation.note(profile=profile)
    _say(f"The country profile {profile} is loaded ({time.monotonic() - began:.1f} s).")


def _first_administrator() -> tuple[str, str, str]:
    """Sign-in, name and password from the environment or the terminal. Raises StartError when there is neither."""
    login, password = os.environ.get("FOEDERA_ADMIN_LOGIN"), os.environ.get("FOEDERA_ADMIN_PASSWORD")
    if login and password:
        return login, os.environ.get("FOEDERA_ADMIN_NAME") or login, password
    if not sys.stdin.isatty():
        raise StartError(
            "The register has no administrator yet and there is no terminal to ask on. Set FOEDERA_ADMIN_LOGIN and "
            "FOEDERA_ADMIN_PASSWORD (and FOEDERA_ADMIN_NAME) for the first start, or make one beforehand: "
            "./foedera create_administrator --login LOGIN --name NAME --password PASSWORD"
        )
    _say("The register has no administrator yet.")
    login = _asked("Sign-in name: ")
    name = _asked("Full name: ")
    while (password := getpass.getpass("Password: ")) != getpass.getpass("Password again: ") or not password:
        _say("The two differ or are empty; once more.")
    return login, name, password


def _asked(question: str) -> str:
    while not (answer := input(question).strip()):
        pass
    return answer


def _serve(installation: Installation, options: argparse.Namespace, addresses: FencedAddresses, below: str) -> int:
    from django.db import connections

    from foedera.config.serving import serve

    connections.close_all()
    host = f"[{options.host}]" if ":" in options.host else options.host

    def ready() -> None:
        _say(f"\nFoedera is ready: http://{host}:{options.port}/  (Ctrl-C stops it)")
        if below:
            _say(below)

    def keep() -> None:
        cluster = installation.cluster
        if installation.external or cluster.is_running():
            return
        print("The database has ended unexpectedly and is started again.", file=sys.stderr, flush=True)
        try:
            cluster.start()
        except ClusterError as error:
            print(error, file=sys.stderr, flush=True)

    return serve(
        options.host,
        options.port,
        ready,
        keep,
        web=environment_of(addresses.web),
        worker=environment_of(addresses.worker),
    )
