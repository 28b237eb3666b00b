"""Forms that make and change an agreement or take a step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from foedera.agreements.access import reads_whole
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.transitions import TRANSITIONS
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import actions_of
from foedera.platform.lists.description import RecordType
from foedera.platform.lists.inputs import current_values
from foedera.platform.lists.pages import (
    FormOptions,
    action_response,
    find,
)

# Steps whose input are facts that the record may hold already; their forms begin with these.
STEPS_OVER_FACTS = frozenset(
    {*(f"agreements.{t.verb}" for t in TRANSITIONS), "agreements.terminate", "agreements.record_activity"}
)


def agreement_create(request: HttpRequest) -> HttpResponse:
    """The form of a new agreement."""
    assert AGREEMENTS.create is not None
    options = FormOptions(
        done=lambda a: reverse("agreements:record", args=[a.number]),
        cancel_url=reverse("agreements:list"),
        initial={"kind": "agreement", "publicity": "internal", "parties": [{"side": "own"}, {"side": "foreign"}]},
    )
    return action_response(request, AGREEMENTS, AGREEMENTS.create, None, options)


def agreement_change(request: HttpRequest, number: str) -> HttpResponse:
    """The form that changes an agreement."""
    return _step(request, AGREEMENTS, number, "change", "agreements:record")


def agreement_step(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """The form of a step in the procedure or life of an agreement."""
    if verb in ("change", "add_text"):
        raise NotFound()
    return _step(request, AGREEMENTS, number, verb, "agreements:record")


def _step(request: HttpRequest, record_type: RecordType, number: str, verb: str, back: str) -> HttpResponse:
    actor = actor_of(request)
    record = find(record_type, number, actor)
    action = next((a for a in actions_of(record_type.model) if a.name.partition(".")[2] == verb), None)
    if action is None or action.makes_record or not action.listed or not reads_whole(record, actor):
        raise NotFound()
    url = reverse(back, args=[record.number])
    initial = None
    if action.name in STEPS_OVER_FACTS:
        initial = current_values(record_type, record, action.columns)
    options = FormOptions(done=lambda _result: url, cancel_url=url, initial=initial)
    return action_response(request, record_type, action, record, options)
