"""Pages of the register: lists, one agreement, its steps, its texts; ties."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from foedera.agreements import terms
from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, Invalid, NotFound, NotNow
from foedera.platform.actions.performing import Action, actions_of, perform
from foedera.platform.documents.storing import DOCUMENTS, open_stored, store
from foedera.platform.lists.description import RecordType, type_of
from foedera.platform.lists.inputs import current_values
from foedera.platform.lists.pages import (
    FormOptions,
    ListOptions,
    action_response,
    cell_of,
    choice_of,
    context_of,
    fact_groups,
    find,
    list_response,
    read_row,
    refuse_early,
    steps_of,
    timeline_entries,
    version_of,
)
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page

from . import queries
from .access import reads_whole
from .actions import TEXT_COLUMNS, add_text
from .deriving import facts_of_one
from .lists import AGREEMENTS, PARTY_COLUMNS, TIES, status_choices
from .models import Agreement, LinkKind, NoticeKind, Side, TextKind, Tie
from .review.life import life_of
from .transitions import TRANSITIONS

# Steps whose input are facts that the record may hold already; their forms begin with these.
STEPS_OVER_FACTS = frozenset(
    {*(f"agreements.{t.verb}" for t in TRANSITIONS), "agreements.terminate", "agreements.record_activity"}
)
TABS = ("facts", "texts", "parties", "links", "timeline")


# --------------------------------------------------------------------------------------------------------------- lists


def agreement_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The list of agreements."""
    return list_response(
        request,
        AGREEMENTS,
        ListOptions(
            detail=lambda number: reverse("agreements:record", args=[number]),
            create_url=reverse("agreements:create"),
            import_url="/import/?kind=agreements",
        ),
    )


def tie_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The list of ties."""
    return list_response(
        request,
        TIES,
        ListOptions(
            detail=lambda number: reverse("agreements:tie", args=[number]),
            create_url=reverse("agreements:tie_create"),
            import_url="/import/?kind=ties",
        ),
    )


# ----------------------------------------------------------------------------------------------------------- agreement


def agreement_record(request: HttpRequest, number: str, tab: str = "facts") -> HttpResponse:
    """One agreement; only its title where only that is public."""
    actor = actor_of(request)
    agreement = find(AGREEMENTS, number, actor)
    if not reads_whole(agreement, actor):
        return render_page(request, _title_only(agreement))
    if tab not in TABS:
        raise NotFound()
    context = context_of(request)
    row = read_row(AGREEMENTS, agreement, context, [c for c in AGREEMENTS.columns if c.kind.value != "rows"])
    result = terms.evaluate_one(facts_of_one(agreement), actor.as_of)
    first, more = steps_of(agreement, actor, lambda a: step_url(agreement.number, a))
    status = next(c for c in status_choices() if c.code == result.status.slug)
    state = choice_of(AGREEMENTS.column("state"), agreement.state)
    chips = [shapes.Chip(status.label, status.colour, _status_hint(result))]  # type: ignore[arg-type]  # colours of the shapes
    if state is not None:
        chips.append(shapes.Chip(state.label, state.colour))  # type: ignore[arg-type]  # colours of the shapes
    if agreement.is_synthetic:
        chips.append(shapes.Chip(_("Synthetic"), "violet", _("Made up for the demonstration")))
    blocks, facts, entries = _tab(tab, agreement, actor, row, result)
    page = shapes.RecordPage(
        title=row["title"],
        number=agreement.number,
        subtitle=_between(row),
        title_lang="" if row["title"] != agreement.title else agreement.title_language,
        other_titles=tuple(
            shapes.Cell(text, lang=code) for code, text in agreement.titles.items() if text != row["title"]
        ),
        chips=tuple(chips),
        steps=tuple(first[:2]),
        more_steps=(*first[2:], *more),
        clocks=tuple(_clocks(result)) if result.status in _ALIVE else (),
        tabs=_tabs(request, agreement, tab),
        facts=facts,
        timeline=entries,
        blocks=blocks,
        warnings=tuple(str(w) for w in terms.describe_warnings(result.warnings)),
        breadcrumbs=(shapes.Link(_("Agreements"), at_day(request, reverse("agreements:list"))),),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


_ALIVE = frozenset({*terms.IN_FORCE_STATUSES, terms.Status.SUSPENDED, terms.Status.NOT_YET_IN_FORCE})


def step_url(number: str, action: Action[Any]) -> str:
    """Where the form of a step is."""
    verb = action.name.partition(".")[2]
    if verb == "change":
        return reverse("agreements:change", args=[number])
    if verb == "add_text":
        return reverse("agreements:add_text", args=[number])
    return reverse("agreements:step", args=[number, verb])


def _title_only_tie(tie: Tie) -> shapes.RecordPage:
    return shapes.RecordPage(
        title=tie.end_text,
        number=tie.number,
        warnings=(_("Only the title is public: %(ground)s") % {"ground": tie.publicity_ground},),
        breadcrumbs=(shapes.Link(_("Ties"), reverse("agreements:ties")),),
    )


def _title_only(agreement: Agreement) -> shapes.RecordPage:
    return shapes.RecordPage(
        title=agreement.title,
        number=agreement.number,
        title_lang=agreement.title_language,
        warnings=(_("Only the title is public: %(ground)s") % {"ground": agreement.publicity_ground},),
        breadcrumbs=(shapes.Link(_("Agreements"), reverse("agreements:list")),),
    )


def _between(row: dict[str, Any]) -> str:
    sides = [", ".join(row["own_parties"] or ()), ", ".join(row["foreign_parties"] or ())]
    return " – ".join(s for s in sides if s)


def _status_hint(result: terms.TermResult) -> str:
    if result.status is terms.Status.UNKNOWN:
        return str(terms.describe_reason(result.reason))
    if result.status is terms.Status.RENEWED and result.renewal_number:
        return _("Renewal %(number)d") % {"number": result.renewal_number}
    return ""


def _clocks(result: terms.TermResult) -> list[shapes.Clock]:
    calculation = tuple(result.sentences)
    clocks = []
    if result.last_safe_day is not None:
        clocks.append(
            shapes.Clock(
                label=_("Last safe day to object"),
                due=result.last_safe_day,
                days_left=(result.last_safe_day - result.as_of).days,
                calculation=calculation,
                soon_days=90,
            )
        )
    if result.next_renewal is not None:
        clocks.append(
            shapes.Clock(
                label=_("Renews itself on"),
                due=result.next_renewal,
                days_left=(result.next_renewal - result.as_of).days,
                calculation=calculation,
            )
        )
    if result.ends_on is not None:
        clocks.append(
            shapes.Clock(
                label=_("Ends on"),
                due=result.ends_on,
                days_left=(result.ends_on - result.as_of).days,
                calculation=calculation,
                soon_days=180,
            )
        )
    return clocks


def _tabs(request: HttpRequest, agreement: Agreement, active: str) -> tuple[shapes.Link, ...]:
    labels = {
        "facts": _("Facts"),
        "texts": _("Texts"),
        "parties": _("Parties"),
        "links": _("Links and review"),
        "timeline": _("Timeline"),
    }
    return tuple(
        shapes.Link(
            label,
            at_day(
                request,
                reverse("agreements:record", args=[agreement.number])
                if name == "facts"
                else reverse("agreements:tab", args=[agreement.number, name]),
            ),
            active=name == active,
        )
        for name, label in labels.items()
        if name != "timeline" or not actor_of(request).is_public
    )


def _tab(
    tab: str, agreement: Agreement, actor: Actor, row: dict[str, Any], result: terms.TermResult
) -> tuple[tuple[shapes.Block, ...], tuple[shapes.FactGroup, ...], tuple[shapes.TimelineEntry, ...]]:
    if tab == "texts":
        return _texts(agreement, actor), (), ()
    if tab == "parties":
        return _parties(agreement), (), ()
    if tab == "links":
        return _links(agreement, actor), (), ()
    if tab == "timeline":
        if actor.is_public:
            raise NotFound()
        return (), (), timeline_entries(agreement, AGREEMENTS)
    words = shapes.Words(paragraphs=tuple(result.sentences), title=_("How the status follows from the facts"))
    return (
        (life_of(agreement, actor.as_of), words),
        fact_groups(AGREEMENTS, row, leave_out=_not_worth_telling(row)),
        (),
    )


def _not_worth_telling(row: dict[str, Any]) -> frozenset[str]:
    """Facts that only say something when they are so."""
    unsaid = {"title", "status_code"}
    unsaid |= {name for name in ("is_synthetic", "signed_date_unknown") if not row[name]}
    return frozenset(unsaid)


def _parties(agreement: Agreement) -> tuple[shapes.Block, ...]:
    language = (get_language() or "en")[:2]
    rows = []
    for party in queries.parties_of(agreement):
        territory = party.territory
        name = territory.names.get(language) or territory.name if territory else ""
        place = shapes.Cell(
            name,
            href=reverse("directory:territory", args=[territory.code]) if territory else "",
            chip=shapes.Chip(_("Contested"), "violet") if territory is not None and territory.contested else None,
        )
        body = shapes.Cell(
            (party.body.names.get(language) or party.body.name) if party.body else "",
            href=reverse("directory:body", args=[party.body.number]) if party.body else "",
        )
        rows.append(
            shapes.Row(
                (
                    cell_of(PARTY_COLUMNS[0], party.side),
                    place,
                    body,
                    shapes.Cell(party.name),
                    cell_of(PARTY_COLUMNS[4], party.level),
                    shapes.Cell(party.signatory, note=party.signatory_post),
                    shapes.Cell(party.power),
                )
            )
        )
    columns = (
        shapes.Column("side", _("Side")),
        shapes.Column("territory", _("Territory")),
        shapes.Column("body", _("Body")),
        shapes.Column("name", _("Name in the text")),
        shapes.Column("level", _("Level")),
        shapes.Column("signatory", _("Signed by")),
        shapes.Column("power", _("Power to sign")),
    )
    return (shapes.Table(columns=columns, rows=tuple(rows), title=_("Parties"), empty_text=_("No party is recorded.")),)


_LINK_WORDS: dict[tuple[str, bool], Any] = {
    (LinkKind.AMENDS, True): gettext_lazy("Amends"),
    (LinkKind.AMENDS, False): gettext_lazy("Amended by"),
    (LinkKind.REPLACES, True): gettext_lazy("Replaces"),
    (LinkKind.REPLACES, False): gettext_lazy("Replaced by"),
    (LinkKind.IMPLEMENTS, True): gettext_lazy("Implements"),
    (LinkKind.IMPLEMENTS, False): gettext_lazy("Implemented by"),
    ("framework", True): gettext_lazy("Under the framework"),
    ("framework", False): gettext_lazy("Framework of"),
}


def _links(agreement: Agreement, actor: Actor) -> tuple[shapes.Block, ...]:
    links = shapes.Table(
        columns=(
            shapes.Column("link", _("Link")),
            shapes.Column("number", _("Number")),
            shapes.Column("title", _("Title")),
            shapes.Column("from", _("From")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(_LINK_WORDS[(link.kind, link.forward)]),
                    shapes.Cell(link.number, kind="code", href=reverse("agreements:record", args=[link.number])),
                    shapes.Cell(link.title),
                    shapes.Cell(date=link.effective_on),
                )
            )
            for link in queries.links_of(agreement, actor)
        ),
        title=_("Links"),
        empty_text=_("No link to another agreement."),
    )
    if actor.is_public:
        return (links,)
    notices = shapes.Table(
        columns=(
            shapes.Column("kind", _("Notice")),
            shapes.Column("side", _("Given by")),
            shapes.Column("sent", _("Sent")),
            shapes.Column("received", _("Received")),
            shapes.Column("withdrawn", _("Taken back")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(NoticeKind(n.kind).label),
                    shapes.Cell(Side(n.side).label),
                    shapes.Cell(date=n.dispatched_on),
                    shapes.Cell(date=n.received_on),
                    shapes.Cell(date=n.withdrawn_on),
                )
            )
            for n in queries.notices_of(agreement)
        ),
        title=_("Notices"),
        empty_text=_("No notice was given."),
    )
    steps = shapes.Table(
        columns=(
            shapes.Column("step", _("Next step")),
            shapes.Column("due", _("Due")),
            shapes.Column("done", _("Done")),
            shapes.Column("outcome", _("Outcome")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(f.get_kind_display()),
                    shapes.Cell(date=f.due_on),
                    shapes.Cell(date=f.done_on),
                    shapes.Cell(f.outcome),
                )
            )
            for f in queries.follow_ups_of(agreement)
        ),
        title=_("Next steps from the review"),
        empty_text=_("The review has started no step."),
        more=shapes.Link(
            _("Findings of the review"),
            f"{reverse('review:desk')}?agreement={agreement.number}",
            count=queries.open_findings_count(agreement),
        ),
    )
    return links, notices, steps


def _texts(agreement: Agreement, actor: Actor) -> tuple[shapes.Block, ...]:
    texts = queries.texts_of(agreement)
    rows = []
    for position, text in enumerate(texts):
        url = reverse("agreements:text", args=[agreement.number, text.pk])
        older = next((t for t in texts[position + 1 :] if t.language == text.language), None)
        rows.append(
            shapes.Row(
                (
                    shapes.Cell(TextKind(text.kind).label),
                    shapes.Cell(text.language),
                    shapes.Cell(text.file_name, href=url),
                    shapes.Cell(date=text.dated),
                    shapes.Cell(text.author),
                    shapes.Cell(text.file.digest[:16], kind="code", hint=f"SHA-256 {text.file.digest}"),
                    shapes.Cell(
                        _("Compare") if older else "",
                        href=reverse("agreements:compare", args=[agreement.number, older.pk, text.pk]) if older else "",
                    ),
                )
            )
        )
    columns = tuple(
        shapes.Column(n, label)
        for n, label in (
            ("kind", _("Version")),
            ("language", _("Language")),
            ("file", _("File")),
            ("dated", _("Date")),
            ("author", _("Author")),
            ("digest", _("SHA-256")),
            ("compare", _("Difference from the version before")),
        )
    )
    allowed, reason = add_text.verdict(actor, agreement)
    steps = (
        shapes.Step(
            add_text.label,
            reverse("agreements:add_text", args=[agreement.number]),
            enabled=allowed,
            reason=reason,
        ),
    )
    blocks: list[shapes.Block] = [
        shapes.Table(
            columns=columns,
            rows=tuple(rows),
            title=_("Versions of the text"),
            empty_text=_("No text is kept."),
            steps=() if actor.is_public else steps,
        )
    ]
    if texts:
        newest = queries.text_version(agreement, texts[0].pk)
        if newest is not None and newest.words:
            blocks.append(
                shapes.Words(
                    paragraphs=tuple(p for p in newest.words[:60_000].split("\n") if p.strip()),
                    title=texts[0].file_name,
                    lang=newest.language,
                    direction="auto",
                    document=True,
                )
            )
    return tuple(blocks)


def agreement_text(request: HttpRequest, number: str, key: int) -> FileResponse:
    """The file of one version, always as a download. Raises NotFound."""
    actor = actor_of(request)
    agreement = find(AGREEMENTS, number, actor)
    text = queries.text_version(agreement, key)
    if text is None or not reads_whole(agreement, actor):
        raise NotFound()
    try:
        content = open_stored(text.file)
    except FileNotFoundError:
        raise NotFound(_("The file is missing in the folder of files.")) from None
    response = FileResponse(
        content, as_attachment=True, filename=text.file_name, content_type="application/octet-stream"
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def compare_texts(request: HttpRequest, number: str, before: int, after: int) -> HttpResponse:
    """Two versions of the text line by line. Raises NotFound."""
    actor = actor_of(request)
    agreement = find(AGREEMENTS, number, actor)
    old, new = queries.text_version(agreement, before), queries.text_version(agreement, after)
    if old is None or new is None or not reads_whole(agreement, actor):
        raise NotFound()
    if not (old.words and new.words):
        raise NotNow(_("Only versions whose words could be read can be compared."))
    page = shapes.TablePage(
        title=_("Difference of two versions"),
        number=agreement.number,
        breadcrumbs=(
            shapes.Link(_("Agreements"), reverse("agreements:list")),
            shapes.Link(agreement.number, reverse("agreements:tab", args=[agreement.number, "texts"])),
        ),
        blocks=(
            shapes.Difference(
                before=old.file_name,
                after=new.file_name,
                lang=new.language,
                lines=tuple(
                    shapes.DifferenceLine(kind, line)  # type: ignore[arg-type]  # kinds of the shapes
                    for kind, line in queries.difference(old.words, new.words)
                ),
            ),
        ),
    )
    return render_page(request, page)


# ------------------------------------------------------------------------------------------------------------- actions


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
    if action is None or action.makes_record or not reads_whole(record, actor):
        raise NotFound()
    url = reverse(back, args=[record.number])
    initial = None
    if action.name in STEPS_OVER_FACTS:
        initial = current_values(record_type, record, action.columns)
    options = FormOptions(done=lambda _result: url, cancel_url=url, initial=initial)
    return action_response(request, record_type, action, record, options)


class TextForm(forms.Form):
    """A version of the text with its file."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("PDF, DOCX, ODT, HTML or plain text, up to 64 MiB")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Version"), choices=TextKind.choices)
    language = forms.CharField(label=gettext_lazy("Language"), max_length=8, required=False)
    author = forms.CharField(label=gettext_lazy("Author"), max_length=200, required=False)
    dated = forms.CharField(label=gettext_lazy("Date"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


def agreement_add_text(request: HttpRequest, number: str) -> HttpResponse:
    """The form that adds a version of the text."""
    actor = actor_of(request)
    agreement = find(AGREEMENTS, number, actor)
    if not reads_whole(agreement, actor):
        raise NotFound()
    refuse_early(add_text, actor, agreement)
    url = reverse("agreements:tab", args=[agreement.number, "texts"])
    form = TextForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            file = store(upload.name, upload, DOCUMENTS)
            values = {
                c.name: form.cleaned_data.get(c.name, "") for c in TEXT_COLUMNS if c.name not in ("digest", "file_name")
            }
            values |= {"digest": file.digest, "file_name": upload.name[-255:]}
            version = version_of(request.POST.get("version", ""))
            perform(add_text, actor, values=values, record=agreement, version=version)
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        except NotFound:
            raise
        except ActionError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(url)
    page = shapes.FormPage(
        title=add_text.label,
        number=agreement.number,
        form=form,
        submit=add_text.label,
        cancel_url=url,
        version=str(agreement.version),
        identifier=f"{add_text.name}:{agreement.number}",
    )
    return render_page(request, page)


# ---------------------------------------------------------------------------------------------------------------- ties


def tie_record(request: HttpRequest, number: str) -> HttpResponse:
    """One tie with its facts and everything that happened to it."""
    actor = actor_of(request)
    tie = find(TIES, number, actor)
    if not reads_whole(tie, actor):
        return render_page(request, _title_only_tie(tie))
    row = read_row(TIES, tie, context_of(request))
    first, more = steps_of(
        tie, actor, lambda a: reverse("agreements:tie_step", args=[tie.number, a.name.partition(".")[2]])
    )
    state = choice_of(TIES.column("state"), tie.state)
    page = shapes.RecordPage(
        title=row["ends"],
        number=tie.number,
        chips=(shapes.Chip(state.label, state.colour),) if state else (),  # type: ignore[arg-type]  # colours of the shapes
        steps=tuple(first[:2]),
        more_steps=(*first[2:], *more),
        facts=fact_groups(TIES, row, leave_out=frozenset({"ends"})),
        timeline=() if actor.is_public else timeline_entries(tie, type_of(type(tie))),
        breadcrumbs=(shapes.Link(_("Ties"), reverse("agreements:ties")),),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


def tie_create(request: HttpRequest) -> HttpResponse:
    """The form of a new tie."""
    assert TIES.create is not None
    options = FormOptions(
        done=lambda tie: reverse("agreements:tie", args=[tie.number]),
        cancel_url=reverse("agreements:ties"),
        initial={"kind": "twinning", "state": "unknown", "publicity": "internal"},
    )
    return action_response(request, TIES, TIES.create, None, options)


def tie_step(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """The form of a step in the life of a tie."""
    return _step(request, TIES, number, verb, "agreements:tie")
