"""What can go wrong with an action: each error knows its HTTP status and says in plain words what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of the input: the field it belongs to (empty: the whole) and the message."""

    field: str
    message: Words


class ActionError(Exception):
    """Base of the refusals of an action; nothing has been written when it is raised."""

    status = 400
    code = "invalid"
    title: Words = _("The request cannot be carried out")

    def __init__(self, detail: Words = "") -> None:
        super().__init__(str(detail))
        self.detail = detail


class Invalid(ActionError):
    """The input is faulty; `problems` says where and how."""

    status = 422
    code = "invalid-input"
    title = _("The input is not accepted")

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.field}: {p.message}" if p.field else str(p.message) for p in problems))
        self.problems = list(problems)


def invalid(field: str, message: Words) -> Invalid:
    """An Invalid with one problem."""
    return Invalid([Problem(field, message)])


class NotFound(ActionError):
    """There is no such record, or none that the actor may know of."""

    status = 404
    code = "not-found"
    title = _("Not found")


class Refused(ActionError):
    """The actor may see the record but not do this to it."""

    status = 403
    code = "refused"
    title = _("Not allowed")


class NotNow(ActionError):
    """The step does not fit the state of the record."""

    status = 409
    code = "not-now"
    title = _("This step is not possible now")


class Conflict(ActionError):
    """Someone changed the record meanwhile; carries its present version and values."""

    status = 412
    code = "changed-meanwhile"
    title = _("Someone changed this record meanwhile")

    def __init__(self, current_version: int, current: dict[str, Any] | None = None) -> None:
        super().__init__(_("Someone changed this record meanwhile. Compare both versions and save again."))
        self.current_version = current_version
        self.current = current or {}


class NoSpace(ActionError):
    """The disk of the server is full; nothing was kept."""

    status = 507
    code = "no-space"
    title = _("The disk of the server is full")


class VersionMissing(ActionError):
    """A change came without the version it was based on."""

    status = 428
    code = "version-missing"
    title = _("State the version you are changing")
