"""The agreements of findings in short: parties, texts, subject areas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count

from foedera.agreements.models import (
    Agreement,
)
from foedera.countries import world


@dataclass(frozen=True, slots=True)
class AgreementInShort:
    """What stands beside a finding of its agreement."""

    id: int
    number: str
    title: str
    title_language: str
    kind: str
    signed_on: str
    register_number: str
    subject_areas: tuple[str, ...]
    coordinator: str
    own_parties: tuple[str, ...]
    other_parties: tuple[str, ...]
    texts: int
    state: str
    version: int = 1
    regions: tuple[str, ...] = field(default=())


def agreements_in_short(agreements: Iterable[Agreement], language: str) -> dict[int, AgreementInShort]:
    """The agreements of a page of findings with their parties, in two statements however many they are."""
    listed = {a.pk: a for a in agreements}
    own: dict[int, list[str]] = {key: [] for key in listed}
    other: dict[int, list[str]] = {key: [] for key in listed}
    from foedera.agreements.models import Party, Side, TextVersion

    for party in (
        Party.objects.filter(agreement__in=listed)
        .exclude(side=Side.WITNESS)
        .select_related("territory", "body")
        .order_by("id")
    ):
        place = party.body or party.territory
        name = str(place.names.get(language) or place.name) if place is not None else party.name
        (own if party.side == Side.OWN else other)[party.agreement_id].append(name or party.name)
    texts = dict(
        TextVersion.objects.filter(agreement__in=listed)
        .values_list("agreement")
        .annotate(number=Count("id"))
        .order_by()
    )
    return {
        key: AgreementInShort(
            id=key,
            number=a.number,
            title=str(a.titles.get(language) or a.title),
            title_language=language if a.titles.get(language) else a.title_language,
            kind=a.kind,
            signed_on=a.signed_on,
            register_number=a.register_number,
            subject_areas=tuple(a.subject_areas),
            coordinator=a.coordinator,
            own_parties=tuple(own[key]),
            other_parties=tuple(other[key]),
            texts=texts.get(key, 0),
            state=a.state,
            version=a.version,
        )
        for key, a in listed.items()
    }


def subject_area_names(language: str) -> dict[str, str]:
    """The controlled list of subject areas in a language."""
    return {area.code: area.names.get(language) or area.names["en"] for area in world.subject_areas()}
