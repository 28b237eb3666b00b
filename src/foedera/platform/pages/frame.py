"""The frame around every page: navigation, whose eyes are used, which territory, as of which date."""

import datetime
from dataclasses import dataclass, field, fields
from typing import Literal

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from foedera.platform.pages.shapes import Text

Theme = Literal["light", "dark", "system"]
THEMES: tuple[Theme, ...] = ("light", "dark", "system")
THEME_COOKIE = "foedera_theme"
Density = Literal["roomy", "dense"]
DENSITIES: tuple[Density, ...] = ("roomy", "dense")
DENSITY_COOKIE = "foedera_density"


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A job in the navigation; `icon` is a name known to the template tag `icon`."""

    label: Text
    url: str
    icon: str = ""
    active: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """A role in a body that the person holds and may look through; `key` is sent to `switch_duty_url` as `duty`."""

    key: str
    label: Text
    active: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages, named in itself."""

    code: str
    name: str
    active: bool = False


def languages_offered() -> tuple[Language, ...]:
    """Return the languages of `settings.LANGUAGES` with the present one marked."""
    present = get_language() or settings.LANGUAGE_CODE
    return tuple(
        Language(code, _OWN_NAMES.get(code, str(name)), code == present or present.startswith(f"{code}-"))
        for code, name in settings.LANGUAGES
    )


_OWN_NAMES = {
    "en": "English",
    "ru": "Русский",
    "pt": "Português",
    "pt-br": "Português",
    "es": "Español",
    "fr": "Français",
    "ar": "العربية",
    "zh-hans": "中文",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page. Whatever is empty is not shown.

    `as_of` is the date that the page looks at; `is_past` turns the frame another colour and says that nothing can be
    changed. `as_of_name` is the query parameter that chooses another date; empty where the date cannot be chosen.
    `present_url` is the same page as of today. While an administrator's session is switched on, `elevated_until` says
    until when; a role that is held but switched off says so in `switch_on_text`, and where it is switched on.
    `known_at` is the instant as of whose knowledge the page reads; None: what is known now.
    """

    navigation: tuple[NavigationEntry, ...] = ()
    scope_role: Text = ""
    scope_body: Text = ""
    scope_territory: Text = ""
    as_of: datetime.date | None = None
    as_of_name: str = ""
    known_at: datetime.datetime | None = None
    is_past: bool = False
    present_url: str = ""
    user_name: str = ""
    elevated_until: datetime.datetime | None = None
    end_elevation_url: str = ""
    switch_on_url: str = ""
    switch_on_text: Text = ""
    duties: tuple[Duty, ...] = ()
    switch_duty_url: str = ""
    account_url: str = ""
    sign_in_url: str = ""
    sign_out_url: str = ""
    home_url: str = "/"
    search_url: str = ""
    palette_url: str = ""
    inbox_url: str = ""
    inbox_count: int | None = None
    languages: tuple[Language, ...] = field(default_factory=languages_offered)
    theme: Theme = "system"
    density: Density = "roomy"
    request_id: str = ""


def theme_of(request: HttpRequest) -> Theme:
    """Return the theme chosen in this browser, "system" if none was."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return next((theme for theme in THEMES if theme == chosen), "system")


def density_of(request: HttpRequest) -> Density:
    """Return how high the rows of lists are in this browser, "roomy" if nothing was chosen."""
    chosen = request.COOKIES.get(DENSITY_COOKIE, "")
    return next((density for density in DENSITIES if density == chosen), "roomy")


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: the frame that a middleware set on the request, else an anonymous one.

    Languages and theme are of the moment of rendering, since a view may change them.
    """
    found = getattr(request, "frame", None)
    frame_of_request = found if isinstance(found, Frame) else Frame()
    # Copied field by field, since a lazy object stands for a frame without being one.
    values = {entry.name: getattr(frame_of_request, entry.name) for entry in fields(Frame)}
    values["theme"] = theme_of(request)
    values["density"] = density_of(request)
    values["languages"] = languages_offered()
    values["request_id"] = frame_of_request.request_id or str(getattr(request, "request_id", ""))
    return {"frame": Frame(**values)}
