"""Keeping, changing, sharing and deleting views, and choosing with which a list opens."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Refused, invalid
from foedera.platform.actions.performing import Action, Reason, Run, explain_constraint, perform, register, save
from foedera.platform.lists import querying
from foedera.platform.lists.description import record_type
from foedera.platform.lists.filters import check_values

from .access import SHARERS, SIGNED_IN, may_share
from .models import Audience, FirstView, SavedView
from .queries import view_of

# What stands in the address of a list but belongs to one look at it and not to the view.
NOT_KEPT = frozenset(
    {"after", "part", "facet", "value", "all", "as_of", "known_at", "format", "count", "view", "selected", "limit"}
)

for _audience in ("mine", "body", "everyone"):
    explain_constraint(f"platform_lists_view_{_audience}", _("There is a view of this name already."))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ViewInput(_Strict):
    """A view: of which list, its name, what it shows, and for whom."""

    kind: str = Field(max_length=40, description="The list, such as agreements")
    name: str = Field(max_length=200)
    query: str = Field(
        default="", max_length=8000, description="As in the address of the list: status=expiring&sort=title"
    )
    audience: Audience = Audience.MINE


class ChangeInput(_Strict):
    """What shall be otherwise; what is not given stays."""

    name: str | None = Field(default=None, max_length=200)
    query: str | None = Field(default=None, max_length=8000)
    audience: Audience | None = None


class FirstInput(_Strict):
    """For whom the list opens with the view: for oneself, and for people in these roles."""

    view: int
    mine: bool = False
    roles: list[Role] | None = None


def kept_query(kind: str, text: str, actor: Actor) -> str:
    """The query string as it is kept. Raises Invalid for a list or a view that there is not for the actor."""
    try:
        described = record_type(kind).for_reader(actor)
    except LookupError:
        raise invalid("kind", _("There is no list “%(name)s”.") % {"name": kind}) from None
    query = QueryDict(text, mutable=True)
    for gone in NOT_KEPT & set(query):
        del query[gone]
    if any("\x00" in value for _key, values in query.lists() for value in values):
        raise invalid("query", _("The text holds a character that cannot be stored."))
    for chosen in querying.parse_view(described, query).filters:
        check_values(described.column(chosen.column), chosen.operator, chosen.values)
    return query.urlencode()


def kept_name(text: str) -> str:
    """The name as it is kept. Raises Invalid."""
    name = " ".join(text.split())
    if not name or len(name) > 80 or "\x00" in name:
        raise invalid("name", _("Enter a name of at most %(most)d letters.") % {"most": 80})
    if name.isdigit():
        raise invalid("name", _("A name needs a letter; numbers stand for views themselves."))
    return name


def _share(run: Run[SavedView], audience: str) -> None:
    verdict = may_share(run.actor, audience)
    if not verdict:
        raise Refused(verdict.reason)


def _keep(run: Run[SavedView]) -> SavedView:
    given: ViewInput = run.input
    _share(run, given.audience)
    made = SavedView(
        kind=given.kind,
        name=kept_name(given.name),
        query=kept_query(given.kind, given.query, run.actor),
        audience=given.audience,
        person_id=run.actor.person_id,
        body_id=run.actor.body_id,
    )
    save(made)
    return made


def _change(run: Run[SavedView]) -> SavedView:
    view: SavedView = run.record
    given: ChangeInput = run.input
    if given.audience is not None and given.audience != view.audience:
        _share(run, given.audience)
        view.audience = given.audience
        # Whoever shares a view with a body shares it with his own.
        view.body_id = run.actor.body_id if given.audience == Audience.BODY else view.body_id
        view.person_id = run.actor.person_id if given.audience == Audience.MINE else view.person_id
        narrowed = FirstView.objects.filter(view=view)
        if given.audience != Audience.EVERYONE:
            narrowed.exclude(role="").delete()
            narrowed.exclude(person_id=run.actor.person_id).delete()
    if given.name is not None:
        view.name = kept_name(given.name)
    if given.query is not None:
        view.query = kept_query(view.kind, given.query, run.actor)
    save(view)
    return view


def _delete(run: Run[SavedView]) -> None:
    FirstView.objects.filter(view=run.record).delete()
    run.record.delete()


def _open_with(run: Run[FirstView]) -> SavedView:
    given: FirstInput = run.input
    view = view_of(given.view, run.actor)
    own = FirstView.objects.filter(kind=view.kind, person_id=run.actor.person_id)
    if given.mine and run.actor.person_id is not None:
        own.delete()
        FirstView.objects.create(kind=view.kind, view=view, person_id=run.actor.person_id)
    elif not given.mine:
        own.filter(view=view).delete()
    if given.roles is None:
        return view
    if run.actor.role not in SHARERS:
        raise Refused(_("Only the coordinator at the centre says with which view a list opens for a role."))
    if given.roles and view.audience != Audience.EVERYONE:
        raise invalid("roles", _("Share the view with everyone first."))
    FirstView.objects.filter(view=view).exclude(role="").exclude(role__in=given.roles).delete()
    for role in dict.fromkeys(given.roles):
        FirstView.objects.filter(kind=view.kind, role=role).exclude(view=view).delete()
        FirstView.objects.get_or_create(kind=view.kind, view=view, role=role)
    return view


def _action(name: str, label: Any, body: Any, *, model: Any = SavedView, **more: Any) -> Action[Any]:
    return register(
        Action(name=f"views.{name}", label=label, model=model, body=body, roles=SIGNED_IN, reason=Reason.NEVER, **more)
    )


KEEP = _action("keep", _("Save a view"), _keep, input=ViewInput, makes_record=True)
CHANGE = _action("change", _("Change the view"), _change, input=ChangeInput)
DELETE = _action("delete", _("Delete the view"), _delete, needs_version=False)
# Not on the view, which stays as it is: whoever finds it may open the list with it.
OPEN_WITH = _action(
    "open_with", _("Open the list with it"), _open_with, model=FirstView, input=FirstInput, makes_record=True
)


def open_with(view: SavedView, actor: Actor, values: dict[str, Any]) -> SavedView:
    """Choose for whom the list opens with the view. Raises NotFound, Invalid, Refused."""
    chosen: SavedView = perform(OPEN_WITH, actor, values={**values, "view": view.pk})
    return chosen
