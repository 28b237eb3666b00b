"""Cells, rows, facts and steps as markup. Written in Python rather than templates: a page has hundreds of them."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeData, SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foedera.platform.pages.icons import icon_markup
from foedera.platform.pages.shapes import Cell, Chip, Column, Fact, Row, Step, Text
from foedera.platform.pages.wording import day_markup, number_words


def escaped(words: Text) -> str:
    """Return words ready to stand in markup; what Django marked as safe stays as it is.

    The same as Django's `conditional_escape`, without its wrapper for lazy texts, which takes longer than the work.
    """
    text = words if isinstance(words, str) else str(words)
    return text if isinstance(text, SafeData) else escape(text)


# Longer words take more room in a row, and no more than a few lines of it.
LONG = 48


def chip_markup(chip: Chip) -> SafeString:
    """Return a state as a chip: the word, a shape and a colour that say the same."""
    hint = f' title="{escaped(chip.hint)}"' if chip.hint else ""
    return mark_safe(f'<span class="chip chip-{chip.colour}"{hint}>{escaped(chip.label)}</span>')  # noqa: S308 - escaped


def cell_markup(cell: Cell, url: str = "") -> SafeString:
    """Return what stands inside a cell; `url` is followed if the cell has no address of its own."""
    body: str
    if cell.date is not None and cell.date != "":
        body = day_markup(cell.date)
        if cell.text:
            body = f"{body} {escaped(cell.text)}"
    elif cell.number is not None:
        body = escaped(number_words(cell.number))
        if cell.unit:
            body = f'{body} <span class="unit">{escaped(cell.unit)}</span>'
    else:
        body = escaped(cell.text)
    if cell.lang or cell.direction:
        language = f' lang="{escaped(cell.lang)}"' if cell.lang else ""
        direction = f' dir="{escaped(cell.direction)}"' if cell.direction else ""
        body = f"<span{language}{direction}>{body}</span>"
    if cell.kind == "code" and body:
        body = f"<code>{body}</code>"
    elif cell.kind == "muted" and body:
        body = f'<span class="muted">{body}</span>'
    address = cell.href or url
    if address and body:
        body = f'<a href="{escaped(address)}">{body}</a>'
    if cell.hint and body:
        body = f'<span title="{escaped(cell.hint)}">{body}</span>'
    parts = [body] if body else []
    if cell.chip is not None:
        parts.append(chip_markup(cell.chip))
    parts.extend(chip_markup(chip) for chip in cell.chips)
    if not parts:
        nothing = escaped(pgettext("an empty value", "none"))
        parts.append(
            f'<span class="none"><span aria-hidden="true">–</span><span class="visually-hidden">{nothing}</span></span>'
        )
    if cell.note:
        parts.append(f'<span class="note">{escaped(cell.note)}</span>')
    return mark_safe(" ".join(parts))  # noqa: S308 - every part was escaped above


def row_markup(row: Row, columns: Iterable[Column], *, selectable: bool, form: str = "") -> SafeString:
    """Return a table row; the first cell is its heading. `form` is the form that a selected row is sent with."""
    colour = f' class="row-{row.colour}"' if row.colour else ""
    out = [f'<tr role="row"{colour}>']
    if selectable:
        name = escaped(_("Select %(number)s") % {"number": row.number or row.key})
        out.append(
            '<td role="cell" class="select"><input type="checkbox" class="form-check-input" name="selected" '
            f'form="{form}" value="{escaped(row.key)}" aria-label="{name}"></td>'
        )
    for position, (cell, column) in enumerate(zip(row.cells, columns, strict=True)):
        label = escaped(column.label)
        numeric = ' class="number"' if column.numeric else ""
        if len(str(cell.text)) > LONG and position:
            whole = escaped(cell.text)
            out.append(
                f'<td role="cell" data-label="{label}" class="long"><div title="{whole}">{cell_markup(cell)}</div></td>'
            )
            continue
        if position == 0:
            body = cell_markup(cell, row.url)
            out.append(f'<th scope="row" role="rowheader" data-label="{label}"{numeric}>{body}</th>')
        else:
            out.append(f'<td role="cell" data-label="{label}"{numeric}>{cell_markup(cell)}</td>')
    out.append("</tr>")
    return mark_safe("".join(out))  # noqa: S308 - every part was escaped above


def facts_markup(facts: Iterable[Fact]) -> SafeString:
    """Return facts as a list of descriptions."""
    out = ['<dl class="facts">']
    for fact in facts:
        helping = f'<span class="fact-help">{escaped(fact.help)}</span>' if fact.help else ""
        more = "".join(f"<br>{cell_markup(extra)}" for extra in fact.more)
        source = f'<span class="source">{escaped(fact.source)}</span>' if fact.source else ""
        out.append(
            f"<div><dt>{escaped(fact.label)}{helping}</dt><dd>{cell_markup(fact.value)}{more}{source}</dd></div>"
        )
    out.append("</dl>")
    return mark_safe("".join(out))  # noqa: S308 - every part was escaped above


def step_markup(
    step: Step, *, is_past: bool, csrf_token: str, primary: bool = False, icon_name: str = ""
) -> SafeString:
    """Return a step as a link or a form with its token; one that is off as a button that says why."""
    label = escaped(step.label)
    if not step.enabled or (is_past and step.writes):
        reason = escaped(_("not while looking at the past") if step.enabled else step.reason)
        markup = (
            f'<button class="btn step-off" type="button" aria-disabled="true"><span>{label}</span><small>{reason}</small>'
            "</button>"
        )
        return mark_safe(markup)  # noqa: S308 - escaped above
    colour = " btn-outline-danger" if step.danger else " btn-primary" if step.primary or primary else ""
    words = f"{icon_markup(icon_name) if icon_name else ''}{label}"
    if step.method == "post":
        token = f'<input type="hidden" name="csrfmiddlewaretoken" value="{escaped(csrf_token)}">' if csrf_token else ""
        fields = "".join(
            f'<input type="hidden" name="{escaped(name)}" value="{escaped(value)}">' for name, value in step.fields
        )
        asked = f' data-confirm="{escaped(step.confirm)}"' if step.confirm else ""
        markup = (
            f'<form class="step" method="post" action="{escaped(step.url)}">{token}{fields}'
            f'<button class="btn{colour}"{asked}>{words}</button></form>'
        )
    else:
        markup = f'<a class="btn{colour}" href="{escaped(step.url)}">{words}</a>'
    return mark_safe(markup)  # noqa: S308 - escaped above
