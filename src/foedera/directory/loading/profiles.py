"""Loading a country profile into the directory."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel

from foedera import countries
from foedera.countries import world
from foedera.countries.profile import Profile
from foedera.directory.loading.loader import ACTION, Loader
from foedera.directory.models import (
    Installation,
)
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import Action, Reason, Run, perform, register

# Grows when the way rows are made from a profile changes, so that an installation loads again.
MANNER = 1

LOCK = 0x0F0EDE7A


def digest_of(profile: Profile) -> str:
    """The digest of everything that loading takes from a profile and from the lists of the world."""
    digest = hashlib.sha256(f"{MANNER}\n".encode())
    digest.update(orjson.dumps(profile.model_dump(mode="json", exclude={"demonstration"})))
    for rows in (world.states(), world.subdivisions(), world.positions()):
        digest.update(orjson.dumps([row.model_dump(mode="json") for row in rows]))
    return digest.hexdigest()


class ProfileInput(BaseModel):
    """A profile that has been read and checked."""

    profile: Profile


def load_profile(code: str, actor: Actor) -> dict[str, int]:
    """Load the profile of a country, or bring what was loaded up to date; returns how many rows were made, changed, kept.

    Keys are "<table>" (rows of the profile), "<table>_created", "<table>_changed", "<table>_removed", "kept_by_hand",
    "no_longer_in_profile" and "unchanged" (1 when the digest is that of the last load, and nothing was done). Raises
    Invalid when there is no such profile, countries.ProfileError when its data are faulty, NotNow when the register is
    already that of another country, Refused for roles other than administrator and coordinator.
    """
    try:
        profile = countries.load_profile(code.upper())
    except KeyError:
        raise invalid("profile", _("There is no profile of that name.")) from None
    return load(profile, actor)


def load(profile: Profile, actor: Actor) -> dict[str, int]:
    """As `load_profile`, for a profile that has been read."""
    if Installation.objects.filter(profile=profile.code, digest=digest_of(profile)).exists():
        return {"unchanged": 1}
    counts: dict[str, int] = perform(LOAD, actor, values=ProfileInput(profile=profile))
    return counts


def _load(run: Run[Installation]) -> dict[str, int]:
    profile: Profile = run.input.profile
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    installed = Installation.objects.filter(id=1).first()
    if installed is not None and installed.profile != profile.code:
        run.refuse(
            _("This register is that of %(profile)s; another country needs a database of its own.")
            % {"profile": installed.profile}
        )
    digest = digest_of(profile)
    if installed is not None and installed.digest == digest:
        return {"unchanged": 1}
    loader = Loader(profile)
    loader.run()
    Installation.objects.update_or_create(
        id=1,
        defaults={
            "profile": profile.code,
            "state_id": loader.territories[profile.code],
            "digest": digest,
            "settings": settings_of(profile),
        },
    )
    return loader.counts


LOAD = register(
    Action(
        name=ACTION,
        label=gettext_lazy("Load the profile of the country"),
        model=Installation,
        body=_load,
        roles=frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}),
        input=ProfileInput,
        reason=Reason.NEVER,
        makes_record=True,
    )
)


def settings_of(profile: Profile) -> dict[str, Any]:
    """The settings of a profile as the installation keeps them."""
    return profile.model_dump(
        mode="json",
        include={
            "names",
            "languages",
            "name_languages",
            "time_zone",
            "capital",
            "currency",
            "week_starts",
            "region_word",
            "number_formats",
            "review",
        },
    )
