"""API resources made from the description: list, one record, create, change, its actions, its history.

Answers are written as bytes straight from the rows (django-ninja's response validation is passed by); a test compares them with the
declared schema.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.params.functions import Path
from pydantic import BaseModel, Field, create_model

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound
from foedera.platform.actions.performing import Action, Reason, actions_of, label_of, perform
from foedera.platform.api.root import answer, api_actor, body_of, idempotently, version_of
from foedera.platform.history.queries import timeline

from . import querying
from .bulk.access import steps_at_all
from .bulk.api import BulkWholeOut, take_step
from .description import Column, Context, Kind, RecordType
from .filters import operators_of
from .inputs import current_values
from .marked import without_marked
from .pages import find, read_row
from .saving.opening import open_list

_JSON_TYPES: dict[Kind, Any] = {
    Kind.INTEGER: int | None,
    Kind.BOOLEAN: bool | None,
    Kind.DATE: datetime.date | None,
    Kind.MOMENT: datetime.datetime | None,
    # Nothing (null) where only the title may be shown.
    Kind.NAMES: dict[str, str] | None,
    Kind.CHOICES: list[str] | None,
    Kind.DATA: Any,
    Kind.ROWS: list[dict[str, Any]] | None,
}


def output_model(record_type: RecordType, *, rows: bool) -> type[BaseModel]:
    """The declared schema of a record in answers; with `rows` also its child rows and version."""
    fields: dict[str, Any] = {}
    for column in record_type.columns:
        if column.in_api and (rows or column.kind is not Kind.ROWS):
            kind = _JSON_TYPES.get(column.kind, str | int | None)
            fields[column.name] = (kind, Field(default=None, description=_described(column)))
    if rows:
        fields["version"] = (int, Field(description="Version; send it back in If-Match"))
    name = f"{record_type.name.title().replace('_', '')}{'Record' if rows else 'Item'}"
    made: type[BaseModel] = create_model(name, **fields)
    return made


def _described(column: Column) -> str:
    """The label of a column, and why not everybody has it."""
    if column.sensitive is not None:
        return f"{column.label} ({column.sensitive.label}: for roles that read it)"
    marks = ", ".join(str(mark.label) for mark in sorted(column.marks))
    return f"{column.label} (with {marks} for roles that read it)" if marks else str(column.label)


def parameters_of(record_type: RecordType) -> list[dict[str, Any]]:
    """The parameters of the list as OpenAPI describes them."""
    described: list[dict[str, Any]] = [
        {
            "in": "query",
            "name": "q",
            "schema": {"type": "string"},
            "description": "Words, a number, or a query such as state:expiring",
        },
        {
            "in": "query",
            "name": "view",
            "schema": {"type": "string"},
            "description": "Number or name of a view, unless the address says itself what is shown",
        },
        {
            "in": "query",
            "name": "sort",
            "schema": {"type": "string", "pattern": _sorts(record_type)},
            "description": "Up to three columns, parted by commas, each descending with a hyphen before it",
        },
        {
            "in": "query",
            "name": "limit",
            "schema": {"type": "integer", "minimum": 1, "maximum": querying.LARGEST_PAGE},
        },
        {
            "in": "query",
            "name": "after",
            "schema": {"type": "string"},
            "description": "Cursor of the next page",
        },
        {"in": "query", "name": "count", "schema": {"type": "boolean"}, "description": "Count all rows too"},
        *looking_parameters(),
        {
            "in": "query",
            "name": "columns",
            "schema": {"type": "string"},
            "description": "Only these, parted by commas",
        },
    ]
    for column in record_type.columns:
        for operator in operators_of(column):
            name = column.name if operator == "is" else f"{column.name}__{operator}"
            schema: dict[str, Any] = {"type": "string"}
            if operator in ("is", "not"):
                schema = {"type": "array", "items": {"type": "string"}}
            described.append({"in": "query", "name": name, "schema": schema, "description": _described(column)})
    return described


def looking_parameters() -> list[dict[str, Any]]:
    """The parameters that choose a day and an instant, as OpenAPI describes them."""
    day = {
        "type": "string",
        "description": "A day (statuses as of that day), or an instant (the register as it stood then)",
    }
    instant = {"type": "string", "format": "date-time", "description": "The register as it stood at this instant"}
    return [
        {"in": "query", "name": "as_of", "schema": day},
        {"in": "query", "name": "known_at", "schema": instant},
    ]


def _sorts(record_type: RecordType) -> str:
    """What may be sorted by, as a pattern."""
    one = f"-?({'|'.join(c.name for c in record_type.columns if c.sortable)})"
    return f"^{one}(,{one}){{0,{querying.MOST_SORTED - 1}}}$"


def record_document(
    record_type: RecordType, record: Any, context: Context, columns: tuple[Column, ...]
) -> dict[str, Any]:
    """A record whole: the values shown, its child rows, its version."""
    plain = [c for c in columns if c.kind is not Kind.ROWS]
    row = read_row(record_type, record, context, plain)
    row = {c.name: row[c.name] for c in plain}
    row.update(current_values(record_type, record, [c for c in columns if c.kind is Kind.ROWS]))
    row["version"] = record.version
    return row


Withholder = Callable[[Any, dict[str, Any], Context], dict[str, Any]]
_withholders: dict[str, Withholder | None] = {}


def document_of(record_type: RecordType, record: Any, context: Context) -> dict[str, Any]:
    """A record whole as the API shows it to the reader. Raises LookupError for one that the API does not show."""
    if record_type.name not in _withholders:
        # Rooms add their resources when the addresses are read; a worker has answered no request yet.
        import_module(settings.ROOT_URLCONF)
    withhold = _withholders[record_type.name]
    columns = tuple(c for c in record_type.for_reader(context.actor).columns if c.in_api)
    document = record_document(record_type, record, context, columns)
    return withhold(record, document, context) if withhold is not None else document


def add_resource(
    router: Router,
    record_type: RecordType,
    *,
    prefix: str = "",
    withhold: Withholder | None = None,
    changes_with_the_day: bool = False,
) -> None:
    """Add the operations of a record type to a router under `prefix`.

    `withhold` may take values out of a record's document that the actor may not see. A record of which a value changes with
    the day is always sent whole: its version does not tell that what the client keeps is of yesterday.
    """
    tag = [str(record_type.name)]
    item = output_model(record_type, rows=False)
    whole = output_model(record_type, rows=True)
    page: type[BaseModel] = create_model(
        f"{record_type.name.title().replace('_', '')}Page",
        items=(list[item], ...),  # type: ignore[valid-type]  # a made model
        next=(str, Field(description="Cursor of the next page; empty on the last")),
        count=(int | None, None),
    )
    name = record_type.name
    _withholders[name] = withhold

    def list_records(request: HttpRequest) -> HttpResponse:
        context = Context(api_actor(request))
        seen = record_type.for_reader(context.actor)
        query = open_list(seen, request.GET, context, with_first=False).query
        view = querying.parse_view(seen, query, context)
        names = view.columns or tuple(c.name for c in seen.columns if c.in_api and c.kind is not Kind.ROWS)
        wanted = [seen.column(n) for n in (names if "number" in names else ("number", *names))]
        found = querying.read_page(seen, view, context, wanted)
        document: dict[str, Any] = {
            "items": [{c.name: row[c.name] for c in wanted} for row in found.rows],
            "next": found.next,
        }
        if request.GET.get("count") in ("1", "true", "yes"):
            document["count"] = querying.count(querying.narrowed(seen, view, context, gone_through=True))
        return answer(document)

    def read_record(request: HttpRequest, number: str) -> HttpResponse:
        context = Context(api_actor(request))
        record = find(record_type, number, context.actor)
        known = request.headers.get("If-None-Match", "").strip('W/"') == str(record.version)
        if known and not changes_with_the_day and not context.actor.is_past:
            response = HttpResponse(status=304)
            response["ETag"] = f'"{record.version}"'
            return response
        return whole_answer(record, context)

    def whole_answer(record: Any, context: Context, status: int = 200) -> HttpResponse:
        document = document_of(record_type, record, context)
        return answer(document, status=status, version=record.version)

    def create_record(request: HttpRequest) -> HttpResponse:
        actor = api_actor(request)
        assert record_type.create is not None
        create = record_type.create

        def carry_out() -> HttpResponse:
            record = perform(create, actor, values=body_of(request))
            response = whole_answer(_again(record), Context(actor), 201)
            response["Location"] = f"{request.path.rstrip('/')}/{record.number}"
            return response

        return idempotently(request, actor, carry_out)

    def change_record(request: HttpRequest, number: str) -> HttpResponse:
        actor = api_actor(request)
        assert record_type.change is not None
        return act(request, actor, record_type.change, find(record_type, number, actor))

    def act(request: HttpRequest, actor: Any, action: Action[Any], record: Any) -> HttpResponse:
        values = body_of(request)
        reason = values.pop("reason", "") if "reason" not in action.input.model_fields else ""
        perform(action, actor, values=values, record=record, version=version_of(request), reason=str(reason or ""))
        return whole_answer(_again(record), Context(actor))

    def act_on_record(request: HttpRequest, number: str, action: str = _one_of(_steps(record_type))) -> HttpResponse:
        actor = api_actor(request)
        record = find(record_type, number, actor)
        chosen = next((a for a in _steps(record_type) if a.name.partition(".")[2] == action), None)
        if chosen is None:
            raise NotFound()
        return act(request, actor, chosen, record)

    def take_step_on_many(request: HttpRequest, step: str = _one_of(steps_at_all(record_type))) -> HttpResponse:
        return take_step(request, record_type, step)

    def read_history(request: HttpRequest, number: str) -> HttpResponse:
        actor = api_actor(request)
        record = find(record_type, number, actor)
        if actor.is_public or querying.is_withheld(record_type, record, Context(actor)):
            raise NotFound()
        return answer({"items": [_event(e, actor) for e in timeline(record)]})

    def _again(record: Any) -> Any:
        return type(record)._default_manager.get(pk=record.pk)

    add = router.add_api_operation
    add(
        prefix or "",
        ["GET"],
        list_records,
        response=page,
        operation_id=f"{name}_list",
        summary=_("List of %(plural)s") % {"plural": str(record_type.plural).lower()},
        tags=tag,
        openapi_extra={"parameters": parameters_of(record_type)},
    )
    if record_type.create is not None:
        add(
            prefix or "",
            ["POST"],
            create_record,
            response={201: whole},
            operation_id=f"{name}_create",
            summary=str(record_type.create.label),
            tags=tag,
            openapi_extra=body_description(record_type.create, "Idempotency-Key"),
        )
    add(
        f"{prefix}/bulk/{{step}}",
        ["POST"],
        take_step_on_many,
        response={200: BulkWholeOut, 202: BulkWholeOut},
        operation_id=f"{name}_bulk",
        summary=_("Take a step on many records"),
        tags=tag,
        openapi_extra=_many_description(),
    )
    add(
        f"{prefix}/{{number}}",
        ["GET"],
        read_record,
        response=whole,
        operation_id=f"{name}_read",
        summary=str(record_type.singular),
        tags=tag,
        openapi_extra={"parameters": looking_parameters()},
    )
    if record_type.change is not None:
        add(
            f"{prefix}/{{number}}",
            ["PATCH"],
            change_record,
            response=whole,
            operation_id=f"{name}_change",
            summary=str(record_type.change.label),
            tags=tag,
            openapi_extra=body_description(record_type.change, "If-Match"),
        )
    add(
        f"{prefix}/{{number}}/history",
        ["GET"],
        read_history,
        operation_id=f"{name}_history",
        summary=_("What happened to it"),
        tags=tag,
    )
    add(
        f"{prefix}/{{number}}/{{action}}",
        ["POST"],
        act_on_record,
        response=whole,
        operation_id=f"{name}_act",
        summary=_("Take a step"),
        tags=tag,
        openapi_extra={
            "parameters": [_header("If-Match")],
            "requestBody": {"content": {"application/json": {"schema": _step_schema(record_type)}}},
        },
    )


def _steps(record_type: RecordType) -> list[Action[Any]]:
    """The steps of a record that is there; its fields are changed by PATCH."""
    steps = actions_of(record_type.model)
    return [a for a in steps if a.listed and not a.makes_record and a is not record_type.change]


def _one_of(steps: list[Action[Any]]) -> Any:
    """The part of the address that names one of the steps."""
    made: Any = Path(...)
    # Ninja takes nothing else for the schema of a parameter.
    made.json_schema_extra["enum"] = [a.name.partition(".")[2] for a in steps]
    return made


def _step_schema(record_type: RecordType) -> dict[str, Any]:
    """The body of a step: what each of them is given, under its name in the address as the title."""
    return {"anyOf": [{**_input_of(a), "title": a.name.partition(".")[2]} for a in _steps(record_type)]}


def _many_description() -> dict[str, Any]:
    """How OpenAPI describes the request of a step on many records."""
    numbers = {"type": "array", "items": {"type": "string"}, "description": "Which records; or `query`"}
    schema = {
        "type": "object",
        "properties": {
            "numbers": numbers,
            "query": {"type": "string", "description": "All records of this view, as in the address of the list"},
            "versions": {
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "description": "Versions by number on which the step is based; without, those of this moment",
            },
            "values": {"type": "object", "description": "What the step is given: the fields to set"},
            "reason": {"type": "string", "description": "Why"},
            "all_or_nothing": {"type": "boolean", "description": "Whether a record that is refused stops all of them"},
            "preview": {"type": "boolean", "description": "Only look what would come of it"},
        },
    }
    return {
        "parameters": [
            _header("Idempotency-Key"),
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
    }


def _header(name: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "schema": {"type": "string"}, "required": name == "If-Match"}


def body_description(action: Action[Any], header: str) -> dict[str, Any]:
    """How OpenAPI describes the request of an action: its header and its body."""
    return {
        "parameters": [_header(header)],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _input_of(action)}}},
    }


def _input_of(action: Action[Any]) -> dict[str, Any]:
    """The values that an action is given, and the reason where it takes one."""
    schema = action.input.model_json_schema(mode="validation", ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    if action.reason is not Reason.NEVER and "reason" not in schema.get("properties", {}):
        schema.setdefault("properties", {})["reason"] = {"type": "string", "description": "Why"}
        if action.reason is Reason.REQUIRED:
            schema["required"] = [*schema.get("required", []), "reason"]
    made: dict[str, Any] = _inline(schema, definitions)
    return made


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with its own definitions put in place of references, so that it stands alone."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inline(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return {k: _inline(v, definitions) for k, v in schema.items()}
    if isinstance(schema, list):
        return [_inline(v, definitions) for v in schema]
    return schema


def _event(event: Any, actor: Actor) -> dict[str, Any]:
    return {
        "at": event.at,
        "action": event.action,
        "label": str(label_of(event.action)) if event.action else "",
        "reason": event.reason,
        "person": event.person_name,
        "role": event.role,
        "channel": event.channel,
        "changes": [
            {
                "table": c.table,
                "row": c.row_id,
                "operation": c.operation,
                "field": c.field,
                "before": c.before,
                "after": c.after,
            }
            for c in without_marked(event.changes, actor)
        ],
    }
