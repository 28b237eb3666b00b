"""The views of a list on its page: tabs, what may be done with the open one, and where the present one is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.lists.delivering.models import Format
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.saving.access import SIGNED_IN, audiences_for
from foedera.platform.lists.saving.actions import CHANGE, DELETE, NOT_KEPT
from foedera.platform.lists.saving.models import Audience
from foedera.platform.lists.saving.opening import NO_VIEW, Opened
from foedera.platform.pages import shapes


def present_query(opened: Opened) -> str:
    """What the list shows now, as a view keeps it."""
    query = opened.query.copy()
    for gone in NOT_KEPT & set(query):
        del query[gone]
    return query.urlencode()


def _looked_at(opened: Opened) -> dict[str, str]:
    """The day and the instant that the list looks at."""
    return {name: str(opened.query[name]) for name in ("as_of", "known_at") if opened.query.get(name)}


def view_tabs(opened: Opened) -> tuple[shapes.Link, ...]:
    """The views on offer with the open one marked; nothing where there are none."""
    if not opened.offered.views:
        return ()
    day = _looked_at(opened)
    everything = shapes.Link(_("Everything"), f"?{urlencode({'view': NO_VIEW, **day})}", active=opened.view is None)
    return (
        everything,
        *(
            shapes.Link(
                f"{view.name} *" if view == opened.view and opened.changed else view.name,
                f"?{urlencode({'view': view.pk, **day})}",
                active=view == opened.view,
                hint=Audience(view.audience).label,
            )
            for view in opened.offered.views
        ),
    )


def save_view(record_type: RecordType, opened: Opened, actor: Actor) -> shapes.SaveView | None:
    """Where the present view is kept; None for who may keep none."""
    if actor.role not in SIGNED_IN or not record_type.registered:
        return None
    return shapes.SaveView(reverse("list:views", args=[record_type.name]), audiences_for(actor), present_query(opened))


# For a list, the query of what is seen (naming the view where one is open), a name for it, and who looks.
Offerer = Callable[[RecordType, str, str, Actor], tuple[shapes.Step, ...]]
_offerers: list[Offerer] = []


def offer_for_lists(offerer: Offerer) -> None:
    """Let a part of the platform offer something to be done with every list as it is seen."""
    _offerers.append(offerer)


def view_steps(record_type: RecordType, opened: Opened, actor: Actor) -> tuple[shapes.Step, ...]:
    """What may be done with the list as it is seen, and with the view that is open."""
    if actor.is_public:
        return ()
    own = () if opened.view is None else tuple(_steps(opened, actor))
    if not record_type.registered:
        return own
    unchanged = opened.view is not None and not opened.changed
    query = f"view={opened.view.pk}" if unchanged and opened.view is not None else present_query(opened)
    name = opened.view.name if unchanged and opened.view is not None else ""
    return (*own, *(step for offerer in _offerers for step in offerer(record_type, query, name, actor)))


def _steps(opened: Opened, actor: Actor) -> Iterator[shapes.Step]:
    view = opened.view
    assert view is not None
    may, reason = CHANGE.verdict(actor, view)
    if opened.changed:
        fields = (("view", present_query(opened)), ("version", str(view.version)))
        keep = reverse("list:view_keep", args=[view.pk])
        yield shapes.Step(_("Keep what is shown now"), keep, "post", enabled=may, reason=reason, fields=fields)
        back = f"?{urlencode({'view': view.pk})}"
        yield shapes.Step(_("Back to the view as kept"), back, writes=False)
    yield shapes.Step(_("Open the list with it"), reverse("list:view_first", args=[view.pk]))
    change = reverse("list:view_change", args=[view.pk])
    yield shapes.Step(_("Rename or share"), change, enabled=may, reason=reason)
    may, reason = DELETE.verdict(actor, view)
    yield shapes.Step(
        _("Delete the view"), reverse("list:view_delete", args=[view.pk]), enabled=may, reason=reason, danger=True
    )


def export_offer(record_type: RecordType, opened: Opened, actor: Actor) -> shapes.ExportOffer | None:
    """Where the present view is exported in the background, or repeatedly; None for who may not."""
    if actor.role not in SIGNED_IN or actor.duty_id is None or not record_type.registered:
        return None
    unchanged = opened.view is not None and not opened.changed
    query = f"view={opened.view.pk}" if unchanged and opened.view is not None else present_query(opened)
    repeated = {"kind": record_type.name, "query": query}
    if unchanged and opened.view is not None:
        repeated["name"] = opened.view.name
    looked_at = _looked_at(opened)
    return shapes.ExportOffer(
        f"{reverse('exports:mine')}?{urlencode(looked_at)}" if looked_at else reverse("exports:mine"),
        f"{reverse('exports:repeat')}?{urlencode(repeated)}",
        record_type.name,
        query,
        tuple(Format.choices),
    )


def left_out_notices(opened: Opened) -> tuple[shapes.Notice, ...]:
    """What the view names but the list does not have for this reader."""
    if not opened.left_out:
        return ()
    text = _("The view names something that is not there, or not for you. It is shown without it.")
    return (shapes.Notice(text=text, colour="amber", lines=tuple(opened.left_out)),)
