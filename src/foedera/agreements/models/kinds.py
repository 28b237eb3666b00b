"""The words of the register: kinds, states, rules."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgreementKind(models.TextChoices):
    """Kinds of agreements (field description, 4.3)."""

    AGREEMENT = "agreement", _("Agreement")
    MEMORANDUM = "memorandum", _("Memorandum")
    PROTOCOL = "protocol", _("Protocol")
    PROGRAMME = "programme", _("Programme of joint actions")
    LETTER_OF_INTENT = "letter_of_intent", _("Letter of intent")
    TWINNING = "twinning", _("Twinning")
    CONTRACT = "contract", _("Contract-like")
    TREATY = "treaty", _("Treaty")
    EXCHANGE_OF_NOTES = "exchange_of_notes", _("Exchange of notes")
    OTHER = "other", _("Other")


class LegalNature(models.TextChoices):
    """The opinion on the legal nature of an agreement."""

    TREATY = "treaty", _("Treaty")
    ADMINISTRATIVE = "administrative", _("Administrative")
    NON_NORMATIVE = "non_normative", _("Non-normative")


class State(models.TextChoices):
    """Where an agreement stands in its procedure: three gates (intent, text, entry) and the side states.

    Whether it is in force is not a state but follows from its dates (`terms`).
    """

    IDEA = "idea", _("Idea")
    INTENT_NOTIFIED = "intent_notified", _("Intent notified")
    INTENT_CLEARED = "intent_cleared", _("Intent cleared")
    INTENT_PROHIBITED = "intent_prohibited", _("Intent prohibited")
    DRAFTING = "drafting", _("Drafting")
    IN_CLEARANCE = "in_clearance", _("Text in clearance")
    RETURNED = "returned", _("Returned for change")
    CLEARED = "cleared", _("Text cleared")
    SIGNED = "signed", _("Signed")
    NOTIFIED = "notified", _("Notified after signature")
    REGISTERED = "registered", _("Registered")
    REGISTRATION_REFUSED = "registration_refused", _("Registration refused")
    SIGNED_WITHOUT_CLEARANCE = "signed_without_clearance", _("Signed without clearance")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Superseded")
    ARCHIVED = "archived", _("Archived")


SIGNED_STATES = (
    State.SIGNED,
    State.NOTIFIED,
    State.REGISTERED,
    State.REGISTRATION_REFUSED,
    State.SIGNED_WITHOUT_CLEARANCE,
)


class InForceRule(models.TextChoices):
    """From what an agreement enters into force."""

    SIGNATURE = "signature", _("From signature")
    LAST_SIGNATURE = "last_signature", _("From the last signature")
    NTH_SIGNATURE = "nth_signature", _("From a number of signatures or deposits")
    AFTER_SIGNATURE = "after_signature", _("Some time after signature")
    FIXED_DATE = "fixed_date", _("On a fixed date")
    LAST_NOTIFICATION = "last_notification", _("From the last notification")
    RATIFICATION = "ratification", _("From the exchange of instruments of ratification")
    PROVISIONAL = "provisional_from_signature", _("Provisionally from signature")


class CountedFrom(models.TextChoices):
    """From which day of a notice its period runs."""

    DISPATCH = "dispatch", _("Dispatch")
    RECEIPT = "receipt", _("Receipt")


class EndGround(models.TextChoices):
    """Why an agreement ended."""

    EXPIRY = "expiry", _("Expiry of its term")
    NOTICE = "notice", _("Notice of one side")
    CONSENT = "consent", _("Consent of both sides")
    REPLACED = "replaced", _("Replaced by another agreement")
    PARTY_GONE = "party_gone", _("A party no longer exists")
    FRAMEWORK_GONE = "framework_gone", _("Its framework ended")
    VOID = "void", _("Void by law")
    OTHER = "other", _("Other")
