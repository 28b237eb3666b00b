"""Which territory a text in a file names, for all imports: names are resolved exactly or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Func, TextField

from foedera.countries.world.names import Method, NameKind, Resolution, is_dated, normalised, resolve_state
from foedera.directory.models import Installation, Territory


@dataclass(frozen=True, slots=True)
class Place:
    """A territory as an import needs it: its id, its code, the id of the state it belongs to (its own, for a state)."""

    id: int
    code: str
    state_id: int
    own: bool


class Places:
    """All territories by code, read once per import."""

    def __init__(self) -> None:
        rows = Territory.objects.values_list("code", "id", "state_id", "own")
        self.by_code = {code: Place(key, code, state or key, own) for code, key, state, own in rows}
        self.own_regions = self._own_regions()
        self.by_id = {place.id: place for place in self.by_code.values()}
        installed = Installation.objects.filter(id=1).values_list("profile", "state_id").first()
        self.profile: str = installed[0] if installed else ""
        self.own_state_id: int | None = installed[1] if installed else None

    def _own_regions(self) -> dict[str, Place]:
        """Own regions by their names in any language; a name that two of them have is left out."""
        found: dict[str, set[str]] = {}
        for code, name, names in Territory.objects.filter(own=True).values_list("code", "name", "names"):
            for each in {name, *names.values()}:
                found.setdefault(normalised(each), set()).add(code)
        return {name: self.by_code[next(iter(codes))] for name, codes in found.items() if len(codes) == 1}

    def words(self) -> dict[int, str]:
        """The names of every territory in all languages, as one text, by id."""
        texts = Func("names", function="foedera_texts", output_field=TextField())
        return dict(Territory.objects.values_list("id", texts))

    def own_region(self, text: str) -> Place | None:
        """The own region that a text names exactly."""
        return self.own_regions.get(normalised(text))

    def of(self, found: Resolution) -> Place | None:
        """The territory of a resolved name: the part of the state where it names one that is known, else the state."""
        if found.subdivision and found.subdivision in self.by_code:
            return self.by_code[found.subdivision]
        return self.by_code.get(found.code) if found.code else None

    def state_of(self, found: Resolution) -> Place | None:
        """The state of a resolved name, whatever part of it is named."""
        return self.by_code.get(found.code) if found.code else None


def is_certain(found: Resolution) -> bool:
    """Whether a name may be taken: exactly one state. Collective names, and regions that only sound unique, are not."""
    return found.resolved and found.kind is not NameKind.COLLECTIVE and found.method is not Method.SUBDIVISION


def resolved(text: str, on: str = "") -> Resolution:
    """`countries.world.names.resolve_state`, remembered: a register says the same few hundred names again and again."""
    return _remembered(text, on if on and is_dated(text) else "")


@lru_cache(maxsize=65536)
def _remembered(text: str, on: str) -> Resolution:
    return resolve_state(text, on or None)
