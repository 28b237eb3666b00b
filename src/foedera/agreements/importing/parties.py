"""Parties of an agreement from the words of a file: listed names, or a title that names one other state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foedera.agreements.models import Level, Side
from foedera.countries.world.names import Method, NameKind, is_dated
from foedera.directory.importing.places import Place, Places, is_certain, resolved

LEVELS = {NameKind.ORGANISATION: Level.ORGANISATION, NameKind.PART: Level.REGION}


@dataclass(frozen=True, slots=True)
class FoundParty:
    """A party: its side, level, territory where it is certain, and its name where the territory's own does not say it."""

    side: Side
    level: str
    place: Place | None
    name: str

    def staged(self) -> tuple[str, str, int | None, str]:
        """The values of its row."""
        return self.side.value, self.level, self.place.id if self.place else None, self.name


@dataclass(frozen=True, slots=True)
class Doubt:
    """A name that was not resolved, or not to a territory, with the explanation."""

    name: str
    words: str
    code: str


class PartyFinder:
    """Parties by the names that a file lists; what a name means is found once, and once for each day where the day matters."""

    def __init__(self, places: Places, own_state: str) -> None:
        self.places = places
        self.own_state = own_state
        self._own = places.by_code.get(own_state)
        self._found: dict[tuple[str, str], tuple[FoundParty, Doubt | None]] = {}

    def listed(self, names: Sequence[str], on: str) -> tuple[list[FoundParty], list[Doubt]]:
        """The parties of a list, on the day of signature, and what is doubtful of them; a name said twice counts once.

        A name that is not certain stays a name without territory. The own side is the own state with what belongs to it.
        """
        parties: dict[FoundParty, None] = {}
        doubts: list[Doubt] = []
        for name in names:
            name = name.strip()
            if not name:
                continue
            key = (name, on if is_dated(name) else "")
            found = self._found.get(key)
            if found is None:
                found = self._found[key] = self._look_up(name, on)
            party, doubt = found
            if party not in parties:
                parties[party] = None
                if doubt is not None:
                    doubts.append(doubt)
        return list(parties), doubts

    def _look_up(self, name: str, on: str) -> tuple[FoundParty, Doubt | None]:
        region = self.places.own_region(name)
        if region is not None:
            return FoundParty(Side.OWN, Level.REGION.value, region, ""), None
        found = resolved(name, on)
        if found.method is Method.SUBDIVISION and found.subdivision in self.places.by_code:
            # The only region of that name in ISO 3166-2: taken, and told, for smaller places may bear it too.
            only = self.places.by_code[found.subdivision]
            return FoundParty(self._side(only), Level.REGION.value, only, ""), Doubt(name, found.explanation, "region")
        place = self.places.of(found) if is_certain(found) else None
        if place is None:
            side = Side.OWN if found.resolved and found.code == self.own_state else Side.FOREIGN
            code = "collective" if found.resolved else "party"
            return FoundParty(side, "", None, name[:500]), Doubt(name, found.explanation, code)
        level = LEVELS.get(found.kind, Level.STATE) if found.kind is not None else Level.STATE
        # The territory's own name is shown in the reader's language; an older or other name is kept beside it.
        said = "" if found.method is Method.LIST else name[:500]
        return FoundParty(self._side(place), level.value, place, said), None

    def _side(self, place: Place) -> Side:
        return Side.OWN if self._own is not None and self._own.id in (place.id, place.state_id) else Side.FOREIGN


def following(parties: Sequence[FoundParty], words: Mapping[int, str]) -> dict[str, Any]:
    """What follows for an agreement from its parties: the same as by `deriving.PARTIES`; a test holds both against each other.

    `words` are the names of territories by id.
    """
    own, partners, texts = set(), set(), set()
    for party in parties:
        place = party.place
        texts.add(f"{party.name} {words[place.id] if place else ''} ")
        if place is not None and party.side is Side.OWN:
            own.add(place.id)
        elif place is not None:
            partners.add(place.state_id)
    return {"own_ids": sorted(own), "partner_ids": sorted(partners), "party_text": " ".join(sorted(texts))}


def state_party(code: str, side: Side, places: Places, *, name: str = "") -> FoundParty | None:
    """A party that is known by its code; None when the directory has no such territory."""
    place = places.by_code.get(code)
    if place is None:
        return None
    level = Level.ORGANISATION if code.startswith("X-ORG-") else Level.STATE
    return FoundParty(side, level.value, place, name)
