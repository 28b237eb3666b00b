"""The shape of a country profile: what a folder such as ``countries/ru`` holds once it is read and checked.

Everything here is frozen data without behaviour. Reading and checking is done by ``countries.loading``; rooms call
``countries.load_profile(code)`` and turn the rows into their own tables. Names are kept per language (``{"en": ...,
"ru": ...}``), dates are partial dates as text ("1954", "1954-03", "1954-03-17"; empty: not known), territories are
codes: ISO 3166-1 ("KZ"), ISO 3166-2 ("RU-TAM"), four-letter codes of former states ("SUHH"), or own codes ("RU-X-DON",
"X-PRUSSIA") that the README of the folder documents.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from foedera.platform.records.partial_dates import bounds

Names = Mapping[str, str]
"""Language code to name. English is always there; another language only where a source gives it."""


def _checked_partial_date(text: str) -> str:
    if text:
        bounds(text)
    return text


PartialDate = Annotated[str, AfterValidator(_checked_partial_date)]
"""A partial date in canonical form, or "" for not known."""

TerritoryCode = Annotated[str, Field(pattern=r"^([A-Z]{2}|[A-Z]{4}|[A-Z]{2}-[A-Z0-9-]{1,12}|X-[A-Z][A-Z-]+)$")]
"""ISO 3166-1, ISO 3166-3 (four letters), ISO 3166-2, or an own code."""

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?$", max_length=64)]
"""A key within a profile: letters, digits, ``_ . / -``."""


class Row(BaseModel):
    """A frozen row of a profile; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Confidence(StrEnum):
    """How sure the row is: of record (legal act or organisation's own list), public report, or to be confirmed."""

    OF_RECORD = "of_record"
    REPORTED = "reported"
    TO_CONFIRM = "to_confirm"


class StateKind(StrEnum):
    """What a row of the list of states and territories is."""

    STATE = "state"
    TERRITORY = "territory"
    FORMER_STATE = "former_state"
    FORMER_TERRITORY = "former_territory"
    DISPUTED = "disputed"
    ORGANISATION = "organisation"


class DistrictKind(StrEnum):
    """A grouping of regions by the state itself."""

    FEDERAL_DISTRICT = "federal_district"
    MACRO_REGION = "macro_region"


class BodyKind(StrEnum):
    """Kinds used in profiles; the directory maps them to its own."""

    MINISTRY = "ministry"
    MINISTRY_DEPARTMENT = "ministry_department"
    OFFICE_IN_REGION = "office_in_region"
    PRESIDENTIAL_ENVOY = "presidential_envoy"
    REGION_GOVERNMENT = "region_government"
    EMBASSY = "embassy"
    CONSULATE_GENERAL = "consulate_general"
    CONSULATE = "consulate"
    HONORARY_CONSULATE = "honorary_consulate"
    PERMANENT_MISSION = "permanent_mission"
    REPRESENTATIVE_OFFICE = "representative_office"


class FormatKind(StrEnum):
    """What kind of standing mechanism a format is."""

    UNION = "union"
    ALLIANCE = "alliance"
    ORGANISATION = "organisation"
    COUNCIL = "council"
    FORUM = "forum"
    COMMISSION = "commission"
    DIALOGUE = "dialogue"
    NETWORK = "network"


class MembershipRole(StrEnum):
    """In which standing a state or region belongs to a format."""

    MEMBER = "member"
    ASSOCIATE = "associate"
    OBSERVER = "observer"
    PARTNER = "partner"
    SUSPENDED = "suspended"


class PostRank(StrEnum):
    """The place of a post in its body."""

    HEAD = "head"
    DEPUTY = "deputy"
    EXTERNAL_RELATIONS = "external_relations"


class State(Row):
    """A state, dependent territory, former state or disputed territory of the shared list (``world/states.csv``)."""

    code: TerritoryCode
    kind: StateKind
    alpha3: str = ""
    numeric: str = ""
    names: Names
    official_names: Names
    parent: str = ""
    """The state it belongs to, for dependent territories as ISO and the UN list them."""
    valid_from: PartialDate = ""
    valid_until: PartialDate = ""
    """The first day on which it was no more, for former states."""
    successors: tuple[str, ...] = ()
    continent: str = ""
    sub_region: str = ""
    capital: str = ""
    wikidata: str = ""
    contested: bool = False
    source: str = ""


class Subdivision(Row):
    """A first- or second-level subdivision of ISO 3166-2; ``names`` lacks "ru" where no free source gives it."""

    code: TerritoryCode
    country: str
    parent: str = ""
    type: str
    names: Names


class SubjectArea(Row):
    """A row of the controlled list of subjects of an agreement; keywords per language help to propose, not decide."""

    code: Code
    names: Names
    keywords: Mapping[str, tuple[str, ...]]


class Function(Row):
    """For what a body covers a territory (controlled list shared by all profiles)."""

    code: Code
    names: Names
    description: str = ""


class Position(Row):
    """A position of record on a contested territory: who holds it, in which instrument. No position is the program's."""

    territory: TerritoryCode
    holder: str
    """ISO 3166-1 code of the state, or "UN" for an organ of the United Nations."""
    statement: Names
    instrument: str
    dated: PartialDate = ""
    source: str
    checked: PartialDate = ""


class District(Row):
    """A federal district or macro-region."""

    code: Code
    kind: DistrictKind
    names: Names
    seat: Names
    valid_from: PartialDate = ""
    valid_until: PartialDate = ""
    source: str
    note: str = ""


class Region(Row):
    """An own territory of the profile's state, by that state's own count."""

    code: TerritoryCode
    """The key everywhere in the program: ISO 3166-2 where ISO lists it under this state, else an own code."""
    iso_code: str = ""
    """The ISO 3166-2 code, also where ISO lists it under another state ("UA-43")."""
    type: str
    """republic, krai, oblast, federal_city, autonomous_oblast, autonomous_okrug; state, federal_district."""
    type_names: Names
    names: Names
    district: str = ""
    seat: Names
    time_zone: str
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    """Of the seat city, in degrees (WGS 84)."""
    contested: bool = False
    outline: bool = True
    """False: ``regions.geojson.gz`` has no outline for it."""
    valid_from: PartialDate = ""
    valid_until: PartialDate = ""
    national_code: str = ""
    source: str
    note: str = ""


class Body(Row):
    """A ministry, department, office, regional government or mission."""

    code: Code
    kind: BodyKind
    names: Names
    short_names: Names
    parent: str = ""
    owner: str
    """The state whose body it is (ISO 3166-1): for a foreign mission in the country, the sending state."""
    country: str
    """The state in which its seat lies: for a mission, the receiving state."""
    territory: str = ""
    """The own region in which its seat lies, where it is known."""
    seat: Names
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    valid_from: PartialDate = ""
    valid_until: PartialDate = ""
    wikidata: str = ""
    to_be_completed: bool = False
    """True: the ministry must confirm or complete the record before it is relied on."""
    source: str
    checked: PartialDate = ""
    """The day to which the source speaks."""
    confidence: Confidence
    note: str = ""


class PostPattern(Row):
    """A post that every body of a kind has (``posts.csv``); loading turns it into one ``Post`` per body."""

    body_kind: BodyKind
    suffix: Code
    rank: PostRank
    names: Names
    to_be_completed: bool = False
    source: str = ""


class Post(Row):
    """A post of a body. Holders are personal data and never part of a profile."""

    code: Code
    body: str
    rank: PostRank
    names: Names
    to_be_completed: bool = False
    source: str = ""


class Jurisdiction(Row):
    """Which body covers which territory for which function from when to when."""

    body: str
    territory: TerritoryCode
    function: str
    valid_from: PartialDate = ""
    valid_until: PartialDate = ""
    """The first day on which it no longer held; empty: no end known."""
    source: str
    checked: PartialDate = ""
    confidence: Confidence
    note: str = ""


class Format(Row):
    """A standing mechanism: union, council, forum, commission, dialogue, network."""

    code: Code
    kind: FormatKind
    names: Names
    short_names: Names
    interregional: bool = False
    """True: its members are regions, or it exists for them."""
    founded: PartialDate = ""
    dissolved: PartialDate = ""
    cadence_months: int | None = Field(default=None, gt=0)
    last_session: PartialDate = ""
    next_session: PartialDate = ""
    session_source: str = ""
    website: str = ""
    source: str
    checked: PartialDate = ""
    confidence: Confidence
    note: str = ""


class Membership(Row):
    """Membership of a state or region in a format; the end is the first day on which it no longer held."""

    format: str
    member: TerritoryCode
    role: MembershipRole
    valid_from: PartialDate = ""
    valid_until: PartialDate = ""
    source: str
    confidence: Confidence
    note: str = ""


class NumberFormats(Row):
    """Patterns of public numbers; fields: {country}, {region}, {year}, {serial} (with Python's format width)."""

    agreement: str
    body: str
    format: str
    review: str


class ReviewSettings(Row):
    """When the review desk speaks up. Months and days are calendar ones."""

    expiry_warning_days: int = Field(ge=0)
    renewal_warning_days: int = Field(ge=0)
    dormant_months: int = Field(gt=0)
    default_cycle_months: int = Field(gt=0)
    cycle_months: Mapping[str, Annotated[int, Field(gt=0)]]
    """Kind of agreement (the agreements room's code) to the length of its review cycle."""
    record_age_months: int = Field(gt=0)
    """A directory record unchecked for longer is shown as unverified."""


class DemonstrationFile(Row):
    """A file of real rows for the demonstration, as in the source, with its licence."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    kind: str
    """The import kind that takes it: twin_towns_wikipedia, twin_towns_wikidata, embassies, agreement_texts."""
    path: Path
    rows: int
    source: str
    licence: str
    licence_file: str = ""


class Profile(Row):
    """All of a country's profile. References between the rows have been checked when this object exists."""

    code: str
    names: Names
    languages: tuple[str, ...]
    """Languages of the pages, the first is the default."""
    name_languages: tuple[str, ...]
    """Languages in which own names are given."""
    time_zone: str
    capital: Names
    currency: str
    week_starts: str
    region_word: Names
    """What a region is called in general: "federal subject", "state"."""
    number_formats: NumberFormats
    review: ReviewSettings
    functions: tuple[Function, ...]
    subject_areas: tuple[SubjectArea, ...]
    districts: tuple[District, ...]
    regions: tuple[Region, ...]
    positions: tuple[Position, ...]
    bodies: tuple[Body, ...]
    posts: tuple[Post, ...]
    jurisdictions: tuple[Jurisdiction, ...]
    formats: tuple[Format, ...]
    memberships: tuple[Membership, ...]
    demonstration: tuple[DemonstrationFile, ...]
