"""The words of the term engine: statuses, reasons, rules of entry, endings and warnings, with their codes.

The numbers are stored in the database (statuses, as smallint) and must never be given another meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, IntFlag
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise


class Status(IntEnum):
    """Where an agreement stands on a day."""

    UNKNOWN = 0
    NOT_YET_IN_FORCE = 1
    IN_FORCE = 2
    RENEWED = 3
    EXPIRING = 4
    EXPIRED = 5
    TERMINATED = 6
    SUSPENDED = 7

    @property
    def slug(self) -> str:
        """The name used by the API and the command line, such as "in_force"."""
        return self.name.lower()


# Statuses in which the agreement binds on that day; a suspended one still exists and its term runs on.
IN_FORCE_STATUSES: Final = frozenset({Status.IN_FORCE, Status.RENEWED, Status.EXPIRING})


class Reason(IntEnum):
    """Why a status is unknown."""

    NONE = 0
    NO_DATES = 1
    ENTRY_RULE_NOT_RECORDED = 2
    SIGNATURE_NOT_RECORDED = 3
    WAITS_FOR_LAST_NOTIFICATION = 4
    WAITS_FOR_RATIFICATION = 5
    ENTRY_DATE_NOT_RECORDED = 6
    ENTRY_DELAY_NOT_RECORDED = 7
    DURATION_NOT_RECORDED = 8
    RENEWAL_NOT_RECORDED = 9
    RENEWAL_LENGTH_NOT_RECORDED = 10
    CONTRADICTORY_DURATION = 11
    NOTICE_PERIOD_NOT_RECORDED = 12
    DATE_TOO_COARSE = 13

    @property
    def slug(self) -> str:
        """The name used by the API, such as "duration_not_recorded"."""
        return self.name.lower()


class EntryRule(IntEnum):
    """How an agreement enters into force. NOT_RECORDED is the empty text in facts."""

    NOT_RECORDED = 0
    SIGNATURE = 1
    LAST_SIGNATURE = 2
    NTH_SIGNATURE = 3
    AFTER_SIGNATURE = 4
    FIXED_DATE = 5
    LAST_NOTIFICATION = 6
    RATIFICATION = 7
    PROVISIONAL_FROM_SIGNATURE = 8

    @property
    def slug(self) -> str:
        """The text used in facts and in the database, such as "last_notification"."""
        return "" if self is EntryRule.NOT_RECORDED else self.name.lower()


class CountedFrom(IntEnum):
    """From which day of a notice its period counts. NOT_RECORDED is the empty text in facts."""

    NOT_RECORDED = 0
    DISPATCH = 1
    RECEIPT = 2

    @property
    def slug(self) -> str:
        """The text used in facts and in the database."""
        return "" if self is CountedFrom.NOT_RECORDED else self.name.lower()


class Ending(IntEnum):
    """What brings, or brought, an agreement to its end."""

    NONE = 0
    TERM = 1
    OBJECTION = 2
    RENEWAL_LIMIT = 3
    DENUNCIATION = 4
    TERMINATION = 5
    SUPERSESSION = 6

    @property
    def slug(self) -> str:
        """The name used by the API."""
        return self.name.lower()


class Warnings(IntFlag):
    """Oddities of the facts: kept as they are, and told."""

    NONE = 0
    FORCE_BEFORE_SIGNATURE = 1
    END_BEFORE_START = 2
    OBJECTION_TOO_LATE = 4
    NOTICE_LONGER_THAN_TERM = 8
    TERM_DISAGREES_WITH_END = 16
    INDEFINITE_WITH_TERM = 32
    RENEWAL_WITHOUT_LENGTH = 64
    RENEWAL_WITHOUT_TERM = 128
    RENEWAL_CONTRADICTORY = 256
    ENTRY_DISAGREES_WITH_RULE = 512
    SUSPENSION_BACKWARDS = 1024
    SUSPENSIONS_OVERLAP = 2048
    TERMINATED_AFTER_END = 4096
    NONRENEWAL_PERIOD_NOT_RECORDED = 8192
    ZERO_LENGTH = 16384
    BEYOND_CALENDAR = 32768

    @property
    def slugs(self) -> list[str]:
        """The names used by the API, one for each warning set."""
        return [warning.name.lower() for warning in self if warning.name]


STATUS_LABELS: Final[Mapping[Status, Label]] = {
    Status.UNKNOWN: _("Unknown"),
    Status.NOT_YET_IN_FORCE: _("Not yet in force"),
    Status.IN_FORCE: _("In force"),
    Status.RENEWED: _("In force, renewed"),
    Status.EXPIRING: _("Expiring"),
    Status.EXPIRED: _("Expired"),
    Status.TERMINATED: _("Terminated"),
    Status.SUSPENDED: _("Suspended"),
}

REASON_LABELS: Final[Mapping[Reason, Label]] = {
    Reason.NONE: "",
    Reason.NO_DATES: _("Neither the signature nor the entry into force is dated"),
    Reason.ENTRY_RULE_NOT_RECORDED: _("The rule of entry into force is not recorded"),
    Reason.SIGNATURE_NOT_RECORDED: _("Enters into force by signature, whose date is not recorded"),
    Reason.WAITS_FOR_LAST_NOTIFICATION: _("Waits for the last notification, or its date is not recorded"),
    Reason.WAITS_FOR_RATIFICATION: _("Waits for ratification, or its date is not recorded"),
    Reason.ENTRY_DATE_NOT_RECORDED: _("Enters into force on a fixed date that is not recorded"),
    Reason.ENTRY_DELAY_NOT_RECORDED: _("Enters into force some time after signature; the time is not recorded"),
    Reason.DURATION_NOT_RECORDED: _("In force once, but the duration is not recorded"),
    Reason.RENEWAL_NOT_RECORDED: _("The first term is over; whether the agreement renews itself is not recorded"),
    Reason.RENEWAL_LENGTH_NOT_RECORDED: _(
        "The first term is over; for how long the agreement renews itself is not recorded"
    ),
    Reason.CONTRADICTORY_DURATION: _("The recorded facts about the duration contradict each other"),
    Reason.NOTICE_PERIOD_NOT_RECORDED: _("Notice of termination was given; the notice period is not recorded"),
    Reason.DATE_TOO_COARSE: _("A recorded date is not precise enough to tell"),
}

ENTRY_RULE_LABELS: Final[Mapping[EntryRule, Label]] = {
    EntryRule.NOT_RECORDED: _("Not recorded"),
    EntryRule.SIGNATURE: _("On signature"),
    EntryRule.LAST_SIGNATURE: _("On the last signature"),
    EntryRule.NTH_SIGNATURE: _("On a stated number of signatures"),
    EntryRule.AFTER_SIGNATURE: _("A stated time after signature"),
    EntryRule.FIXED_DATE: _("On a fixed date"),
    EntryRule.LAST_NOTIFICATION: _("On the last notification"),
    EntryRule.RATIFICATION: _("On ratification"),
    EntryRule.PROVISIONAL_FROM_SIGNATURE: _("Provisionally from signature, finally on notification or ratification"),
}

COUNTED_FROM_LABELS: Final[Mapping[CountedFrom, Label]] = {
    CountedFrom.NOT_RECORDED: _("Not recorded"),
    CountedFrom.DISPATCH: _("Dispatch of the notice"),
    CountedFrom.RECEIPT: _("Receipt of the notice"),
}

ENDING_LABELS: Final[Mapping[Ending, Label]] = {
    Ending.NONE: "",
    Ending.TERM: _("End of the term"),
    Ending.OBJECTION: _("Objection to renewal"),
    Ending.RENEWAL_LIMIT: _("Last renewal used up"),
    Ending.DENUNCIATION: _("Notice of termination"),
    Ending.TERMINATION: _("Termination"),
    Ending.SUPERSESSION: _("Replaced by another agreement"),
}

WARNING_LABELS: Final[Mapping[Warnings, Label]] = {
    Warnings.FORCE_BEFORE_SIGNATURE: _("In force before it was signed"),
    Warnings.END_BEFORE_START: _("Ends before it begins"),
    Warnings.OBJECTION_TOO_LATE: _("The objection came too late for the renewal it was meant to stop"),
    Warnings.NOTICE_LONGER_THAN_TERM: _("The notice period is longer than a term"),
    Warnings.TERM_DISAGREES_WITH_END: _("The recorded end does not follow from the recorded term"),
    Warnings.INDEFINITE_WITH_TERM: _("Recorded as indefinite and with a term"),
    Warnings.RENEWAL_WITHOUT_LENGTH: _("Renews itself, but for how long is not recorded"),
    Warnings.RENEWAL_WITHOUT_TERM: _("Renews itself, but no first term is recorded"),
    Warnings.RENEWAL_CONTRADICTORY: _("The recorded facts about renewal contradict each other"),
    Warnings.ENTRY_DISAGREES_WITH_RULE: _("The recorded entry into force does not follow from the rule of entry"),
    Warnings.SUSPENSION_BACKWARDS: _("A suspension ends before it begins and is not counted"),
    Warnings.SUSPENSIONS_OVERLAP: _("Suspensions overlap"),
    Warnings.TERMINATED_AFTER_END: _("Terminated after it had already ended"),
    Warnings.NONRENEWAL_PERIOD_NOT_RECORDED: _("Renews itself, but until when one may object is not recorded"),
    Warnings.ZERO_LENGTH: _("A term or renewal of no length is recorded and not counted"),
    Warnings.BEYOND_CALENDAR: _("A computed date lies beyond the year 9999"),
}


def describe_status(code: int) -> Label:
    """Return the label of a status code. Raises ValueError for a code that is none."""
    return STATUS_LABELS[Status(code)]


def describe_reason(code: int) -> Label:
    """Return why the status is unknown, "" for Reason.NONE. Raises ValueError for a code that is none."""
    return REASON_LABELS[Reason(code)]


def describe_warnings(bits: int) -> list[Label]:
    """Return the label of each warning in a bit set. Raises ValueError for unknown bits."""
    return [label for warning, label in WARNING_LABELS.items() if warning in Warnings(bits)]
