"""Looking up territories by code and by id, for filters and facets of other rooms."""

from __future__ import annotations

from collections.abc import Sequence

from .models import Territory, TerritoryKind


def territory_ids(codes: Sequence[str]) -> list[int]:
    """Ids of the territories with these codes; a district stands for itself and its regions. Unknown codes give nothing."""
    found = list(Territory.objects.filter(code__in=[c.upper() for c in codes]).values_list("id", "kind"))
    districts = [key for key, kind in found if kind == TerritoryKind.DISTRICT]
    ids = [key for key, _kind in found]
    if districts:
        ids.extend(
            Territory.objects.filter(parent__in=districts, kind=TerritoryKind.REGION).values_list("id", flat=True)
        )
    return ids


def territory_labels(ids: Sequence[int], language: str) -> dict[int, tuple[str, str]]:
    """Code and name in a language by id."""
    return {
        key: (code, names.get(language) or name)
        for key, code, name, names in Territory.objects.filter(pk__in=ids).values_list("id", "code", "name", "names")
    }
