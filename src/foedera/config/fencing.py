"""The two database roles that own nothing: that of the web process and that of background work.

The embedded cluster makes them itself. On a server of the operator's they are made by the owner of the database where he may make roles,
with passwords that follow from the secret key, so that every machine of the installation finds the same; else the operator makes them and
names their addresses in FOEDERA_WEB_DATABASE_URL and FOEDERA_WORKER_DATABASE_URL.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Any

from foedera.config.embedded.cluster import FENCED, ROLE, WEB_ROLE, WORKER_ROLE
from foedera.config.installation import Installation, StartError

VARIABLES = {"web": "FOEDERA_WEB_DATABASE_URL", "worker": "FOEDERA_WORKER_DATABASE_URL"}


@dataclass(frozen=True)
class FencedAddresses:
    """DATABASE_URL of the web process and of background work."""

    web: str
    worker: str


def name_roles(installation: Installation) -> None:
    """Say in the environment which roles are fenced, before the settings are read."""
    web, worker = (WEB_ROLE, WORKER_ROLE) if not installation.external else (_named("web"), _named("worker"))
    os.environ["FOEDERA_WEB_ROLE"], os.environ["FOEDERA_WORKER_ROLE"] = web, worker


def _named(which: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    given = os.environ.get(VARIABLES[which])
    if given:
        try:
            return str(conninfo_to_dict(given).get("user") or "")
        except Exception as error:
            raise StartError(f"{VARIABLES[which]} is not a PostgreSQL address: {error}") from error
    try:
        owner = conninfo_to_dict(os.environ["DATABASE_URL"]).get("user") or os.environ.get("USER") or ROLE
    except Exception as error:
        raise StartError(f"DATABASE_URL is not a PostgreSQL address: {error}") from error
    return f"{owner}_{which}"


def fenced_addresses(installation: Installation) -> FencedAddresses:
    """The addresses under which the web process and background work connect, made ready. Raises StartError in words."""
    if not installation.external:
        return FencedAddresses(installation.cluster.web_url, installation.cluster.worker_url)
    return FencedAddresses(_ready("web"), _ready("worker"))


def _ready(which: str) -> str:
    import psycopg
    from psycopg.conninfo import make_conninfo

    role, owner_url = _named(which), os.environ["DATABASE_URL"]
    address = os.environ.get(VARIABLES[which])
    try:
        with psycopg.connect(owner_url, connect_timeout=10, autocommit=True) as owner:
            if role == owner.info.user:
                raise StartError(f"{VARIABLES[which]} names {role}, who owns the tables; nothing would bind it.")
            if not address:
                address = make_conninfo(owner_url, user=role, password=_password(role))
                if not _connects(address):
                    _make(owner, role, which)
            _check_role(owner, role)
    except psycopg.Error as error:
        raise StartError(f"The database does not answer, or refuses: {error}") from error
    try:
        with psycopg.connect(address, connect_timeout=10):
            return address
    except psycopg.Error as error:
        raise StartError(f"The role {role} cannot connect: {str(error).strip()}\n{_advice(role, which)}") from error


def _connects(address: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(address, connect_timeout=10):
            return True
    except psycopg.OperationalError:
        return False


def _make(owner: Any, role: str, which: str) -> None:
    """Make the role, or set its password, as the owner of the database. Raises StartError where he may not."""
    from psycopg import sql

    rights = owner.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    exists = owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if not (rights and rights[0]):
        missing = "may not make roles" if not exists else "may not set the password of that role"
        raise StartError(
            f"The pages are served by a database role that owns nothing ({role}). The owner of the database {missing}.\n"
            + _advice(role, which)
        )
    verb = "ALTER" if exists else "CREATE"
    owner.execute(
        sql.SQL("{} ROLE {} {} PASSWORD {}").format(
            sql.SQL(verb),
            sql.Identifier(role),
            sql.SQL(
                "LOGIN NOINHERIT"
                if exists
                else FENCED.replace("NOSUPERUSER NOBYPASSRLS ", "").replace(" NOREPLICATION", "")
            ),
            sql.Literal(_password(role)),
        )
    )


def _check_role(owner: Any, role: str) -> None:
    """Raises StartError for a role that the fences would not bind."""
    found = owner.execute(
        "SELECT rolsuper OR rolbypassrls, pg_has_role(rolname, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    if found is None:
        raise StartError(f"The database has no role {role}.")
    if found[0]:
        raise StartError(f"The role {role} bypasses row-level security; take SUPERUSER and BYPASSRLS from it.")
    if found[1]:
        raise StartError(f"The role {role} is a member of the owner of the tables; nothing would bind it.")


def _password(role: str) -> str:
    return hmac.new(
        os.environ["FOEDERA_SECRET_KEY"].encode(), f"database role {role}".encode(), hashlib.sha256
    ).hexdigest()


def _advice(role: str, which: str) -> str:
    return (
        f"Let an administrator of the server run\n"
        f"    CREATE ROLE \"{role}\" {FENCED} PASSWORD '...';\n"
        f"and start with {VARIABLES[which]}=postgresql://{role}:...@HOST/DATABASE"
    )


def environment_of(address: str) -> dict[str, str]:
    """The environment of a process that connects under a fenced role: it never learns the owner's address."""
    kept = {k: v for k, v in os.environ.items() if k not in VARIABLES.values()}
    return {**kept, "DATABASE_URL": address, "FOEDERA_FENCE": "connection"}
