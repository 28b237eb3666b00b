"""Formats: made, changed, their sessions noted, members added and ended."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.lists.description import Column, Kind, choices_of
from foedera.platform.lists.inputs import assign, change_model, input_model
from foedera.platform.records.partial_dates import bounds

from ..models import Format, Membership, MembershipStanding
from ..transitions import FORMAT_KEEPERS
from .bodies import check_action
from .dated import SOURCE_COLUMNS, TERRITORY, end, fill_defaults, part, set_during, touch, write
from .posts import LAST_DAY

MEMBER_COLUMNS = (
    Column(
        name="territory",
        label=gettext_lazy("Member"),
        kind=Kind.REFERENCE,
        reference=TERRITORY,
        required=True,
        help=gettext_lazy("The code of a state or region."),
    ),
    Column(
        name="standing",
        label=gettext_lazy("Standing"),
        kind=Kind.CHOICE,
        choices=choices_of(MembershipStanding),
        required=True,
    ),
    Column(name="valid_from", label=gettext_lazy("From"), kind=Kind.PARTIAL_DATE),
    Column(name="valid_until", label=gettext_lazy("Until"), kind=Kind.PARTIAL_DATE),
    *SOURCE_COLUMNS[:2],
    Column(name="note", label=gettext_lazy("Note"), max_length=500),
)
END_COLUMNS = (
    Column(
        name="membership",
        label=gettext_lazy("Membership"),
        kind=Kind.INTEGER,
        required=True,
        maximum=2**31 - 1,
    ),
    LAST_DAY,
)
SESSION_COLUMNS = (
    Column(name="last_session", label=gettext_lazy("Last session"), kind=Kind.PARTIAL_DATE, required=True),
    Column(name="next_session", label=gettext_lazy("Next session"), kind=Kind.PARTIAL_DATE),
    Column(name="source", label=gettext_lazy("Source"), max_length=500),
)


def _check_dates(record: Format) -> None:
    if record.founded and record.dissolved and bounds(record.dissolved)[1] < bounds(record.founded)[0]:
        raise invalid("dissolved", _("The end lies before the beginning."))


def prepare_format_create(columns: Sequence[Column]) -> Action[Format]:
    """The action that makes a format."""
    editable = tuple(c for c in columns if c.editable)

    def create(run: Run[Format]) -> Format:
        record = Format(owner_id=run.actor.body_id)
        assign(record, run.input, editable, run.actor)
        fill_defaults(record, editable)
        _check_dates(record)
        save(record)
        return record

    return register(
        Action(
            name="format.create",
            label=gettext_lazy("New format"),
            model=Format,
            body=create,
            roles=FORMAT_KEEPERS,
            input=input_model("FormatInput", editable),
            columns=editable,
            reason=Reason.NEVER,
            makes_record=True,
        )
    )


def prepare_format_change(columns: Sequence[Column]) -> Action[Format]:
    """The action that changes facts of a format."""
    editable = tuple(c for c in columns if c.editable)

    def change(run: Run[Format]) -> Format:
        record: Format = run.record
        assign(record, run.input, editable, run.actor, only_given=True)
        fill_defaults(record, editable)
        _check_dates(record)
        save(record)
        return record

    return register(
        Action(
            name="format.change",
            label=gettext_lazy("Change"),
            model=Format,
            body=change,
            roles=FORMAT_KEEPERS,
            input=change_model("FormatChange", editable),
            columns=editable,
        )
    )


def _hold_session(run: Run[Format]) -> Format:
    """Note that a session was held; a next session that is not after it is forgotten."""
    record: Format = run.record
    assign(record, run.input, SESSION_COLUMNS, run.actor, only_given=True)
    if not record.last_session:
        raise invalid("last_session", _("This is required."))
    if bounds(record.last_session)[0] > run.today:
        raise invalid("last_session", _("This day is still to come; enter it as the next session."))
    if record.next_session and bounds(record.next_session)[1] <= bounds(record.last_session)[0]:
        record.next_session = ""
    save(record)
    return record


def _add_member(run: Run[Format]) -> Format:
    membership = Membership(format=run.record)
    assign(membership, run.input, MEMBER_COLUMNS, run.actor)
    fill_defaults(membership, MEMBER_COLUMNS)
    set_during(membership)
    same = Membership.objects.filter(
        format=run.record, territory=membership.territory_id, during__overlap=membership.during
    )
    if same.exists():
        raise invalid("territory", _("It belongs to the format at that time already. End that membership first."))
    write(membership)
    return touch(run.record)  # type: ignore[no-any-return]  # touch returns what it is given


def _end_membership(run: Run[Format]) -> Format:
    membership = part(run, Membership.objects.filter(format=run.record), "membership")
    end(membership, run.input.valid_until)
    return touch(run.record)  # type: ignore[no-any-return]  # as above


HOLD_SESSION = register(
    Action(
        name="format.hold_session",
        label=gettext_lazy("Note a session"),
        model=Format,
        body=_hold_session,
        roles=FORMAT_KEEPERS,
        input=input_model("SessionInput", SESSION_COLUMNS),
        columns=SESSION_COLUMNS,
        primary=True,
    )
)
ADD_MEMBER = register(
    Action(
        name="format.add_member",
        label=gettext_lazy("Add a member"),
        model=Format,
        body=_add_member,
        roles=FORMAT_KEEPERS,
        input=input_model("MemberInput", MEMBER_COLUMNS),
        columns=MEMBER_COLUMNS,
    )
)
END_MEMBERSHIP = register(
    Action(
        name="format.end_membership",
        label=gettext_lazy("End a membership"),
        model=Format,
        body=_end_membership,
        roles=FORMAT_KEEPERS,
        input=input_model("EndMembershipInput", END_COLUMNS),
        columns=END_COLUMNS,
    )
)
CHECK_FORMAT = check_action("format.check", Format, FORMAT_KEEPERS)
