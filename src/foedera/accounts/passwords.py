"""How hard a password is to guess, judged here and nowhere else (zxcvbn, no outside service)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

# Guessing takes longer than n! for what is judged; the strength of the rest only adds.
JUDGED = 72
LEAST = 3


class StrengthValidator:
    """Refuses passwords that somebody who knows the person would guess soon."""

    def __init__(self, least: int = LEAST) -> None:
        self.least = least

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for a password below the least strength (0 to 4)."""
        known = [str(getattr(user, name, "") or "") for name in ("login", "name", "email")]
        words = [word for text in known for word in {text, *text.replace(".", " ").replace("@", " ").split()} if word]
        # zxcvbn looks for words of Latin keyboards; what holds none of their letters is still judged by its length.
        judged = zxcvbn(password[:JUDGED], user_inputs=[*words, "foedera"])
        if int(judged["score"]) < self.least:
            raise ValidationError(
                _("This password is guessed too soon (strength %(strength)d of 4). %(advice)s")
                % {"strength": judged["score"], "advice": advice(judged)},
                code="password_too_weak",
            )

    def get_help_text(self) -> str:
        """What to do, in words."""
        return _("Take four or more words that do not belong together.")


def advice(judged: dict[str, Any]) -> str:
    """What makes the password weak, by the first pattern that tells, else what to do."""
    patterns = {str(match.get("pattern")) for match in judged["sequence"]}
    if "dictionary" in patterns and len(judged["sequence"]) <= 2:
        return _("It is a common word or a name, perhaps with a number.")
    if "spatial" in patterns:
        return _("Neighbouring keys are tried first.")
    if "repeat" in patterns or "sequence" in patterns:
        return _("Repetitions and rows such as abc or 123 are tried first.")
    if "date" in patterns:
        return _("Dates are tried first.")
    return _("Take four or more words that do not belong together.")
