"""The shapes of what a map says of its areas."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class MapValue:
    """The value of one area; `code` is looked up in the property `code_property` of the geometry's features."""

    code: str
    label: Text
    value: float | None
    text: Text = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class LegendStep:
    """A class of values from `least` (included) to `most` (excluded; None: open)."""

    label: Text
    least: float | None
    most: float | None
    colour: Literal["none", "1", "2", "3", "4", "5"]
