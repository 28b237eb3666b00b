"""Reading the directory."""

from __future__ import annotations

import datetime

from foedera.platform.access.actors import Territories

from .models import Body, BodyKind, Jurisdiction, Territory

# Bodies that work for the region in which they sit even where no jurisdiction says so.
OF_ONE_REGION = frozenset(
    {BodyKind.REGION_GOVERNMENT, BodyKind.LINE_BODY, BodyKind.AGENCY, BodyKind.MUNICIPALITY, BodyKind.CITY}
)


def territory_name(territory: Territory, language: str) -> str:
    """The name of a territory in a language, else its English name."""
    return str(territory.names.get(language) or territory.name)


def territories_of_body(body_id: int, on: datetime.date, language: str) -> Territories:
    """What a body covers on a day by its jurisdictions (districts opened into their regions), and by its seat."""
    covered = {
        t.pk: t
        for t in Territory.objects.filter(
            pk__in=Jurisdiction.objects.filter(body=body_id, during__contains=on).values("territory")
        )
    }
    body = Body.objects.select_related("territory").get(pk=body_id)
    if body.kind in OF_ONE_REGION and body.territory is not None:
        covered[body.territory.pk] = body.territory
    names = tuple(sorted(territory_name(t, language) for t in covered.values()))
    opened = set(covered)
    if any(t.kind == "district" for t in covered.values()):
        opened |= set(Territory.objects.filter(parent__in=list(covered), kind="region").values_list("pk", flat=True))
    own = {t.pk for t in covered.values() if t.own} | (opened - set(covered))
    partners = {t.pk for t in covered.values() if not t.own}
    return Territories(frozenset(own), frozenset(partners), names)
