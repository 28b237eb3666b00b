"""The shape of what stands folded on a page and is asked for only when somebody opens it."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Fold:
    """A title that opens. What stands under it is answered by `load_url`; without JavaScript `url` is a page with the same."""

    template: ClassVar[str] = "pages/blocks/fold.html"

    title: str | Promise
    url: str
    load_url: str
