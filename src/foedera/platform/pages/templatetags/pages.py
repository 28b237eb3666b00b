"""Tags and filters of the pages: `{% load pages %}`."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.template.base import FilterExpression, Parser, Token
from django.utils.html import format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from foedera.platform.pages import pictures
from foedera.platform.pages.cells import cell_markup, chip_markup, facts_markup, row_markup, step_markup
from foedera.platform.pages.icons import icon_markup
from foedera.platform.pages.shapes import (
    Cell,
    Chart,
    Chip,
    Clock,
    Column,
    Fact,
    FormPage,
    MapPicture,
    Row,
    Step,
    Table,
    Timeline,
)
from foedera.platform.pages.wording import (
    DateLike,
    day_markup,
    day_words,
    days_left_words,
    number_words,
    time_left_words,
)

register = template.Library()


def _query(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if isinstance(request, HttpRequest) else QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def url_with(context: Context, **changes: object) -> str:
    """Return the query string of this address with some parameters changed; None or "" removes one."""
    query = _query(context)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def hidden_query(context: Context, *names: str | Sequence[str]) -> SafeString:
    """Return the parameters of this address as hidden fields, without the names given (texts or lists of texts)."""
    left_out = {name for entry in names for name in ([entry] if isinstance(entry, str) else entry)}
    return format_html_join(
        "",
        '<input type="hidden" name="{}" value="{}">',
        ((name, value) for name, values in _query(context).lists() if name not in left_out for value in values),
    )


@register.simple_tag(takes_context=True)
def view_query(context: Context, position_names: Sequence[str]) -> str:
    """Return the query string of this view of a list, without the place in it."""
    query = _query(context)
    for name in position_names:
        query.pop(name, None)
    return query.urlencode()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon as inline SVG, hidden from readers of the screen: the words beside it must suffice."""
    return icon_markup(name)


@register.simple_tag
def chip(shape: Chip) -> SafeString:
    return chip_markup(shape)


@register.simple_tag
def cell(shape: Cell, url: str = "") -> SafeString:
    return cell_markup(shape, url)


@register.simple_tag
def facts(shapes: Sequence[Fact]) -> SafeString:
    """Return facts as a list of descriptions."""
    return facts_markup(shapes)


@register.simple_tag(takes_context=True)
def step_button(context: Context, step: Step, primary: bool = False, icon_name: str = "") -> SafeString:
    """Return a step as a link, a form or a button that is off."""
    is_past = bool(getattr(context.get("frame"), "is_past", False))
    token = "" if step.method == "get" else str(context.get("csrf_token") or "")
    return step_markup(step, is_past=is_past, csrf_token=token, primary=primary, icon_name=icon_name)


class _KeptNode(template.Node):
    """Markup that follows from the language and some values alone, rendered once for each."""

    def __init__(self, nodes: template.NodeList, values: Sequence[FilterExpression]) -> None:
        self.nodes = nodes
        self.values = values
        self.kept: dict[tuple[object, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = (get_language(), *(value.resolve(context) for value in self.values))
        found = self.kept.get(key)
        if found is None:
            found = self.nodes.render(context)
            if len(self.kept) < _MOST_KEPT:
                self.kept[key] = found
        return found


_MOST_KEPT = 100


@register.tag
def kept(parser: Parser, token: Token) -> _KeptNode:
    """`{% kept value ... %}...{% endkept %}`: what stands between follows from the language and the values named, and nothing else."""
    values = [parser.compile_filter(text) for text in token.split_contents()[1:]]
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return _KeptNode(nodes, values)


@register.simple_tag
def row(shape: Row, columns: Sequence[Column], form: str = "") -> SafeString:
    """Return a table row; with `form` its first cell selects it."""
    return row_markup(shape, columns, selectable=bool(form), form=form)


@register.simple_tag
def day(value: DateLike, style: str = "short") -> SafeString:
    """Return a date in the reader's manner inside `<time>`: a day, a month, a year or a moment."""
    return day_markup(value, "long" if style == "long" else "short")


@register.filter
def in_words(value: DateLike) -> str:
    """Return a date in the reader's manner, long, without markup."""
    return day_words(value, "long")


@register.filter
def number(value: int | float | Decimal | str | None) -> str:
    """Return a number grouped in the reader's manner."""
    return number_words(value)


@register.filter
def days_left(value: int | None) -> str:
    return days_left_words(value)


@register.filter
def time_left(value: int | None) -> str:
    return time_left_words(value)


@register.filter
def clock_colour(value: Clock) -> str:
    """Return how pressing a clock is as a colour: red when passed, amber when soon."""
    if value.days_left is None:
        return "grey"
    if value.days_left < 0:
        return "red"
    return "amber" if value.days_left <= value.soon_days else "green"


@register.filter
def clock_state(value: Clock) -> str:
    """Return how pressing a clock is in a word, since colour alone says nothing."""
    if value.days_left is None:
        return pgettext("how pressing a date is", "unknown")
    if value.days_left < 0:
        return pgettext("how pressing a date is", "passed")
    return (
        pgettext("how pressing a date is", "soon")
        if value.days_left <= value.soon_days
        else pgettext("how pressing a date is", "in time")
    )


# ----------------------------------------------------------------------------------------------------------- forms


@register.filter
def is_choice_group(field: BoundField) -> bool:
    """Return whether the field is a group of boxes or buttons, which needs a legend rather than a label."""
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)


@register.filter
def is_single_box(field: BoundField) -> bool:
    widget = field.field.widget
    return isinstance(widget, CheckboxInput)


@register.simple_tag
def widget(field: BoundField) -> SafeString:
    """Return the control of a form field with the class that its look needs."""
    control = field.field.widget
    if isinstance(control, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        look = "form-check-input"
    elif isinstance(control, Select):
        look = "form-select"
    else:
        look = "form-control"
    if field.errors:
        look += " is-invalid"
    own = control.attrs.get("class", "")
    attributes: dict[str, Any] = {"class": f"{own} {look}".strip()}
    if isinstance(control, FileInput):
        attributes["data-file"] = ""
    return field.as_widget(attrs=attributes)


@register.filter
def box(choice: BoundWidget) -> SafeString:
    """Return one box or button of a group with the class that its look needs."""
    choice.data["attrs"]["class"] = "form-check-input"
    return choice.tag()


@register.simple_tag
def field_groups(page: FormPage) -> list[tuple[object, list[BoundField]]]:
    """Return the visible fields in their groups; fields in no group come last, under no title."""
    visible = {field.name: field for field in page.form.visible_fields()}
    groups: list[tuple[object, list[BoundField]]] = []
    for title, names in page.groups:
        fields = [visible.pop(name) for name in names if name in visible]
        if fields:
            groups.append((title, fields))
    if visible:
        groups.append(("", list(visible.values())))
    return groups


@register.simple_tag
def form_faults(form: BaseForm) -> list[tuple[str, str, str]]:
    """Return the errors of a form for its summary: id of the control (or ""), label (or ""), message."""
    faults: list[tuple[str, str, str]] = []
    for name, messages in form.errors.items():
        field = form[name] if name in form.fields else None
        identifier = field.id_for_label or field.auto_id if field is not None and not field.is_hidden else ""
        label = str(field.label) if field is not None else ""
        faults.extend((str(identifier or ""), label, str(message)) for message in messages)
    return faults


# -------------------------------------------------------------------------------------------------------- pictures


@register.simple_tag
def chart_data(chart: Chart) -> SafeString:
    """Return the option of a chart as a data block, which no content security policy has to allow."""
    return json_script(dict(chart.option), f"{chart.identifier}-data")


@register.simple_tag
def map_data(picture: MapPicture) -> SafeString:
    return json_script(pictures.map_description(picture), f"{picture.identifier}-data")


@register.simple_tag
def legend_without_value(picture: MapPicture) -> bool:
    """Return whether an area has no value, so that the legend must say how it looks."""
    return any(value.value is None for value in picture.values)


@register.simple_tag
def life_line(timeline: Timeline) -> pictures.LifeLine:
    return pictures.life_line(timeline)


@register.simple_tag
def life_table(timeline: Timeline) -> Table:
    return pictures.life_table(timeline)


# --------------------------------------------------------------------------------------------------------- frame


@register.simple_tag
def script_words() -> SafeString:
    """Return the words that scripts say, in the present language, as a data block."""
    return _script_words(get_language() or "")


@cache
def _script_words(_language: str) -> SafeString:
    words: Mapping[str, str] = {
        "nothingFound": _("Nothing found"),
        "searching": _("Searching"),
        "searchFailed": _("The search does not answer. Try again."),
        "results": _("Results: {count}"),
        "selected": _("Selected: {count}"),
        "restored": _("What you typed here before was restored."),
        "discard": _("Discard it"),
        "connectionLost": _("The connection was lost. Nothing was changed; try again."),
        "serverError": _("The server could not answer (error {status}). Try again."),
        "pictureFailed": _("The picture could not be drawn. The table below holds the same data."),
        "noValue": _("no data"),
        "contested": _("contested"),
        "updated": _("The list was updated."),
        "timeLeft": _("{time} left."),
        "keyFailed": _("The key was not taken. Try again, or choose another way."),
        "timeOver": _("It has ended."),
    }
    return json_script(words, "script-words")


@register.simple_tag
def now() -> datetime.datetime:
    """Return this moment, for the line that a printed page carries."""
    return datetime.datetime.now(tz=datetime.UTC)
