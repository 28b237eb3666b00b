"""The pages of webhooks: the list, making one, what was sent to it, the steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from foedera.platform.access.actors import signature_in_words
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Conflict, Invalid, NotFound, NotNow, Refused
from foedera.platform.actions.performing import Action, perform
from foedera.platform.lists.description import record_types
from foedera.platform.lists.pages import version_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from . import queries
from .access import keeps_webhooks
from .actions import CHANGE, MAKE, REDELIVER, REMOVE, RENEW_SECRET, SEND_TEST, SWITCH_OFF, SWITCH_ON
from .models import DeliveryState, Webhook
from .wording import event_words, kind_words, result_words, scope_words, state_chip


class WebhookForm(forms.Form):
    """What a webhook is for, its address, of what it is told."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=100)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=1000,
        help_text=gettext_lazy("Where your program listens, such as https://example.org/changes"),
    )
    record_types = forms.MultipleChoiceField(
        label=gettext_lazy("Only these records"),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy("None chosen: all that your role may see."),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Only these events"),
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy("None chosen: every event."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        kinds: Any = self.fields["record_types"]
        kinds.choices = [(kind.name, kind.plural) for kind in record_types()]
        events: Any = self.fields["events"]
        events.choices = list(event_words().items())

    def show(self, error: Invalid) -> None:
        """Put the faults beside their fields."""
        for problem in error.problems:
            self.add_error(problem.field if problem.field in self.fields else None, str(problem.message))


def _url(name: str, webhook: Webhook, *more: Any) -> str:
    return reverse(f"webhooks:{name}", args=[webhook.number, *more])


def _trail(webhook: Webhook | None = None) -> tuple[shapes.Link, ...]:
    first = shapes.Link(_("Webhooks"), reverse("webhooks:list"))
    return (first,) if webhook is None else (first, shapes.Link(webhook.number, _url("webhook", webhook)))


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The webhooks of one's body; of all bodies for who oversees them."""
    actor = actor_of(request)
    found = queries.overview(actor)
    keeps = keeps_webhooks(actor)
    table = shapes.Table(
        columns=(
            shapes.Column("number", _("Number")),
            shapes.Column("name", _("What it is for")),
            shapes.Column("body", _("Body")),
            shapes.Column("scope", _("Told of")),
            shapes.Column("state", _("State")),
            shapes.Column("success", _("Last delivery")),
            shapes.Column("waiting", _("Waiting"), numeric=True),
            shapes.Column("given_up", _("Given up"), numeric=True),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(w.number, kind="code", href=_url("webhook", w)),
                    shapes.Cell(w.name, note=w.url),
                    shapes.Cell(w.body_name, note=Role(w.role).label),
                    shapes.Cell(scope_words(w)),
                    shapes.Cell(chip=state_chip(w)),
                    shapes.Cell(date=w.channel.last_success_at),
                    shapes.Cell(number=w.waiting, kind="number"),  # type: ignore[attr-defined]  # annotated
                    shapes.Cell(number=w.given_up, kind="number"),  # type: ignore[attr-defined]  # annotated
                )
            )
            for w in found
        ),
        empty_text=_("No webhook was made."),
    )
    page = shapes.TablePage(
        title=_("Webhooks"),
        lead=_("A program of your body is called when records change, and told what your role may see of them."),
        steps=(
            shapes.Step(
                _("New webhook"),
                reverse("webhooks:new"),
                primary=True,
                enabled=keeps,
                reason="" if keeps else _("Only a person in a role of his own keeps webhooks."),
            ),
        ),
        blocks=(table,),
    )
    return render_page(request, page)


def new(request: HttpRequest) -> HttpResponse:
    """A new webhook; its secret is shown once, in the answer that makes it."""
    actor = actor_of(request)
    queries.visible(actor)
    if not keeps_webhooks(actor):
        raise Refused(_("Only a person in a role of his own keeps webhooks."))
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret_text = perform(MAKE, actor, values=form.cleaned_data)
        except Invalid as error:
            form.show(error)
        except NotNow as error:
            form.add_error(None, str(error))
        else:
            return _shown(request, queries.webhook(actor, made.number), secret_text)
    page = shapes.FormPage(
        title=_("New webhook"),
        lead=_("It is told with the rights of the role in which you work now, whoever holds it later."),
        form=form,
        submit=_("Save"),
        cancel_url=reverse("webhooks:list"),
        identifier="webhook",
        breadcrumbs=_trail(),
    )
    return render_page(request, page)


@require_GET
def webhook_page(request: HttpRequest, number: str) -> HttpResponse:
    """One webhook with what was sent to it."""
    return _shown(request, queries.webhook(actor_of(request), number))


def _shown(request: HttpRequest, webhook: Webhook, secret_text: str = "") -> HttpResponse:
    actor = actor_of(request)
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    asked = request.GET.get("state", "")
    state = asked if asked in DeliveryState.values else ""
    found = queries.sent_to(actor, webhook, before=before, state=state)
    here = _url("webhook", webhook)
    last = found[queries.PAGE - 1].delivery.pk if len(found) > queries.PAGE else None
    older = f"{here}?before={last}" + (f"&state={state}" if state else "")
    table = shapes.Table(
        title=_("Messages"),
        columns=(
            shapes.Column("what", _("Message")),
            shapes.Column("record", _("Record")),
            shapes.Column("at", _("Happened")),
            shapes.Column("state", _("State")),
            shapes.Column("calls", _("Calls"), numeric=True),
            shapes.Column("last", _("Last answer")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(kind_words(s.delivery), href=_url("message", webhook, s.delivery.pk)),
                    shapes.Cell(s.number, kind="code"),
                    shapes.Cell(date=s.delivery.happened_at),
                    shapes.Cell(chip=state_chip(s.delivery)),
                    shapes.Cell(number=len(s.calls), kind="number"),
                    shapes.Cell(result_words(s.calls[0]) if s.calls else ""),
                )
            )
            for s in found[: queries.PAGE]
        ),
        empty_text=_("Nothing was sent yet."),
        more=shapes.Link(_("Earlier ones"), older) if last is not None else None,
    )
    blocks: list[shapes.Block] = []
    if secret_text:
        lines = (
            _("Copy it now; it cannot be shown again. With it your program verifies that calls are ours."),
            _("Calls are signed as Standard Webhooks describes it."),
        )
        blocks.append(shapes.Notice(title=_("The secret"), text=secret_text, colour="green", lines=lines))
    blocks.append(table)
    first, more = _steps(request, webhook)
    page = shapes.RecordPage(
        title=webhook.name,
        number=webhook.number,
        chips=(state_chip(webhook),),
        steps=first,
        more_steps=more,
        facts=(_facts(webhook),),
        blocks=tuple(blocks),
        tabs=(
            shapes.Link(_("All"), here, active=not state),
            *(shapes.Link(s.label, f"{here}?state={s.value}", active=state == s.value) for s in DeliveryState),
        ),
        breadcrumbs=_trail(),
    )
    return render_page(request, page)


def _steps(request: HttpRequest, webhook: Webhook) -> tuple[tuple[shapes.Step, ...], tuple[shapes.Step, ...]]:
    actor = actor_of(request)

    def step(action: Action[Webhook], name: str, **more: Any) -> shapes.Step:
        allowed, why_not = action.verdict(actor, webhook)
        return shapes.Step(action.label, _url(name, webhook), enabled=allowed, reason=why_not, **more)

    turn = step(SWITCH_OFF, "off", method="post") if webhook.state == "on" else step(SWITCH_ON, "on", method="post")
    first = (step(SEND_TEST, "test", method="post", primary=True), turn)
    return first, (step(CHANGE, "change"), step(RENEW_SECRET, "secret"), step(REMOVE, "remove", danger=True))


def _facts(webhook: Webhook) -> shapes.FactGroup:
    channel = webhook.channel
    facts = [
        shapes.Fact(_("Address"), shapes.Cell(webhook.url, kind="code")),
        shapes.Fact(_("Told of"), shapes.Cell(scope_words(webhook))),
        shapes.Fact(_("With the rights of"), shapes.Cell(Role(webhook.role).label, note=webhook.body_name)),
        shapes.Fact(_("Made by"), shapes.Cell(signature_in_words(webhook.made_by))),
        shapes.Fact(_("On since"), shapes.Cell(date=webhook.on_since)),
        shapes.Fact(_("Off since"), shapes.Cell(date=webhook.off_since)),
        shapes.Fact(_("Last delivery"), shapes.Cell(date=channel.last_success_at)),
        shapes.Fact(
            _("Failing since"),
            shapes.Cell(date=channel.failing_since),
            _("A webhook that has failed for five days is switched off."),
        ),
        shapes.Fact(_("Former secret holds until"), shapes.Cell(date=channel.former_until)),
    ]
    return shapes.FactGroup(_("The webhook"), tuple(f for f in facts if f.value.text or f.value.date))


def change(request: HttpRequest, number: str) -> HttpResponse:
    """Change name, address, records or events."""
    actor = actor_of(request)
    webhook = queries.webhook(actor, number)
    _demand(request, CHANGE, webhook)
    initial = {n: getattr(webhook, n) for n in ("name", "url", "record_types", "events")}
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            perform(
                CHANGE,
                actor,
                record=webhook,
                version=version_of(request.POST.get("version", "")),
                values=form.cleaned_data,
            )
        except Invalid as error:
            form.show(error)
        except (NotNow, Conflict) as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(_url("webhook", webhook))
    page = shapes.FormPage(
        title=CHANGE.label,
        number=webhook.number,
        form=form,
        submit=_("Save"),
        cancel_url=_url("webhook", webhook),
        version=str(webhook.version),
        breadcrumbs=_trail(webhook),
    )
    return render_page(request, page)


def _demand(request: HttpRequest, action: Action[Webhook], webhook: Webhook) -> None:
    """Raises Refused for whom the step is not, before a form is shown to him."""
    allowed, why_not = action.verdict(actor_of(request), webhook)
    if not allowed:
        raise Refused(why_not)


def _asked(request: HttpRequest, webhook: Webhook, action: Action[Webhook], lead: str) -> HttpResponse:
    page = shapes.FormPage(
        title=action.label,
        number=webhook.number,
        lead=lead,
        form=forms.Form(),
        submit=action.label,
        cancel_url=_url("webhook", webhook),
        danger=True,
        breadcrumbs=_trail(webhook),
    )
    return render_page(request, page)


def secret(request: HttpRequest, number: str) -> HttpResponse:
    """Asks, and then makes another secret, shown once."""
    webhook = queries.webhook(actor_of(request), number)
    _demand(request, RENEW_SECRET, webhook)
    if request.method != "POST":
        lead = _("For a day calls are signed with both secrets, so that your program can change over.")
        return _asked(request, webhook, RENEW_SECRET, lead)
    renewed, secret_text = perform(RENEW_SECRET, actor_of(request), record=webhook)
    return _shown(request, queries.webhook(actor_of(request), renewed.number), secret_text)


def remove(request: HttpRequest, number: str) -> HttpResponse:
    """Asks, and then removes the webhook."""
    webhook = queries.webhook(actor_of(request), number)
    _demand(request, REMOVE, webhook)
    if request.method != "POST":
        return _asked(request, webhook, REMOVE, _("It is not called any more; what waits is not sent."))
    perform(REMOVE, actor_of(request), record=webhook)
    return HttpResponseRedirect(reverse("webhooks:list"))


def _step(request: HttpRequest, number: str, action: Action[Webhook], said: str, **values: Any) -> HttpResponse:
    actor = actor_of(request)
    webhook = queries.webhook(actor, number)
    try:
        perform(action, actor, record=webhook, values=values)
    except NotNow as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(_url("webhook", webhook))


@require_POST
def switch_on(request: HttpRequest, number: str) -> HttpResponse:
    """Switch it on: it is told what happens from now on."""
    return _step(request, number, SWITCH_ON, _("It is told what happens from now on."))


@require_POST
def switch_off(request: HttpRequest, number: str) -> HttpResponse:
    """Switch it off."""
    return _step(request, number, SWITCH_OFF, _("It is not called any more."))


@require_POST
def test(request: HttpRequest, number: str) -> HttpResponse:
    """Send a test."""
    return _step(request, number, SEND_TEST, _("A worker sends it at once."))


@require_POST
def again(request: HttpRequest, number: str, key: int) -> HttpResponse:
    """Send a message again, under its id."""
    if not 0 < key < 2**63:
        raise NotFound()
    return _step(request, number, REDELIVER, _("A worker sends it at once."), delivery=key)


@require_GET
def message_page(request: HttpRequest, number: str, key: int) -> HttpResponse:
    """One message with every call."""
    actor = actor_of(request)
    webhook = queries.webhook(actor, number)
    if not 0 < key < 2**63:
        raise NotFound()
    sent = queries.delivery(actor, webhook, key)
    allowed, why_not = REDELIVER.verdict(actor, webhook)
    waits = sent.delivery.state == DeliveryState.WAITING
    facts = (
        shapes.Fact(_("Id"), shapes.Cell(f"msg_{sent.delivery.message_id.hex}", kind="code")),
        shapes.Fact(_("Record"), shapes.Cell(sent.number, kind="code")),
        shapes.Fact(_("Happened"), shapes.Cell(date=sent.delivery.happened_at)),
        shapes.Fact(_("Next attempt"), shapes.Cell(date=sent.delivery.next_attempt_at if waits else None)),
    )
    table = shapes.Table(
        title=_("Calls"),
        columns=(
            shapes.Column("at", _("At")),
            shapes.Column("result", _("Answer")),
            shapes.Column("took", _("Milliseconds"), numeric=True),
            shapes.Column("head", _("Beginning of the answer")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(date=call.at),
                    shapes.Cell(result_words(call)),
                    shapes.Cell(number=call.milliseconds, kind="number"),
                    shapes.Cell(call.head, kind="code" if call.head else "text"),
                )
            )
            for call in sent.calls
        ),
        empty_text=_("It was not called yet."),
    )
    page = shapes.TablePage(
        title=kind_words(sent.delivery),
        number=webhook.number,
        chips=(state_chip(sent.delivery),),
        steps=(
            shapes.Step(
                REDELIVER.label,
                _url("again", webhook, key),
                method="post",
                primary=True,
                enabled=allowed and not waits,
                reason=why_not or (_("This message waits to be sent already.") if waits else ""),
            ),
        ),
        blocks=(shapes.FactGroup(_("Message"), tuple(f for f in facts if f.value.text or f.value.date)), table),
        breadcrumbs=_trail(webhook),
    )
    return render_page(request, page)
