"""Which body covers which territory for which function: assigned and ended."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import Action, Run, register
from foedera.platform.lists.description import Column, Kind, Reference
from foedera.platform.lists.inputs import assign, input_model, resolve

from ..models import Body, Jurisdiction
from ..transitions import DECIDERS
from .dated import (
    SOURCE_COLUMNS,
    TERRITORY,
    end,
    fill_defaults,
    function_choices,
    part,
    set_during,
    touch,
    write,
)
from .posts import LAST_DAY, works

FUNCTION = Reference(model="directory.Function", keys=("code",), label="code")
_PLAIN_COLUMNS = (
    Column(
        name="territory",
        label=gettext_lazy("Territory"),
        kind=Kind.REFERENCE,
        reference=TERRITORY,
        required=True,
        help=gettext_lazy("Its code: a region, a district of regions or a state."),
    ),
    Column(name="valid_from", label=gettext_lazy("From"), kind=Kind.PARTIAL_DATE),
    Column(name="valid_until", label=gettext_lazy("Until"), kind=Kind.PARTIAL_DATE),
    *SOURCE_COLUMNS,
    Column(name="note", label=gettext_lazy("Note"), max_length=500),
)
ASSIGN_COLUMNS = (
    _PLAIN_COLUMNS[0],
    Column(
        name="function",
        label=gettext_lazy("Function"),
        kind=Kind.CHOICE,
        choices=function_choices,
        required=True,
    ),
    *_PLAIN_COLUMNS[1:],
)
END_COLUMNS = (
    Column(
        name="jurisdiction",
        label=gettext_lazy("Jurisdiction"),
        kind=Kind.INTEGER,
        required=True,
        maximum=2**31 - 1,
    ),
    LAST_DAY,
)


def _assign(run: Run[Body]) -> Body:
    """A body covers a territory for a function from a day. Other bodies may cover it too; that is shown, not refused."""
    jurisdiction = Jurisdiction(body=run.record)
    assign(jurisdiction, run.input, _PLAIN_COLUMNS, run.actor)
    fill_defaults(jurisdiction, _PLAIN_COLUMNS)
    function = resolve(FUNCTION, [run.input.function], run.actor).get(run.input.function)
    if function is None:
        raise invalid("function", _("“%(value)s” was not found.") % {"value": run.input.function})
    jurisdiction.function_id = function
    set_during(jurisdiction)
    same = Jurisdiction.objects.filter(
        body=run.record,
        territory=jurisdiction.territory_id,
        function=function,
        during__overlap=jurisdiction.during,
    )
    if same.exists():
        raise invalid("territory", _("The body covers this territory for this function at that time already."))
    write(jurisdiction)
    return touch(run.record)  # type: ignore[no-any-return]  # touch returns what it is given


def _end(run: Run[Body]) -> Body:
    jurisdiction = part(run, Jurisdiction.objects.filter(body=run.record), "jurisdiction")
    end(jurisdiction, run.input.valid_until)
    return touch(run.record)  # type: ignore[no-any-return]  # as above


ASSIGN = register(
    Action(
        name="body.assign",
        label=gettext_lazy("Assign a territory"),
        model=Body,
        body=_assign,
        roles=DECIDERS,
        input=input_model("AssignInput", ASSIGN_COLUMNS),
        columns=ASSIGN_COLUMNS,
        available=works,
    )
)
END_JURISDICTION = register(
    Action(
        name="body.end_jurisdiction",
        label=gettext_lazy("End a jurisdiction"),
        model=Body,
        body=_end,
        roles=DECIDERS,
        input=input_model("EndJurisdictionInput", END_COLUMNS),
        columns=END_COLUMNS,
    )
)
