"""Pages of tags: those that one finds, one of them, and those on a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, NotFound, Refused
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.actions.performing_many import words_of
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context, RecordType, record_type, record_types
from foedera.platform.lists.forms import RecordForm
from foedera.platform.lists.pages import find, version_of
from foedera.platform.lists.pages.forms import refuse_early
from foedera.platform.lists.saving.models import Audience
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .access import audiences_for, may_put
from .accompanying import chip_of, list_of
from .actions import CHANGE, DELETE, MAKE, MERGE, PUT_COLUMNS
from .models import Tag
from .queries import sees_tags, tag_of, tags_of, tags_on


class TagForm(forms.Form):
    """Name and audience of a tag."""

    name = forms.CharField(label=gettext_lazy("Tag"), max_length=60)
    audience = forms.ChoiceField(label=gettext_lazy("For whom"))

    def __init__(self, actor: Actor, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["audience"].choices = audiences_for(actor)  # type: ignore[attr-defined]  # a field of choices


class MergeForm(forms.Form):
    """The tag that stays."""

    into = forms.TypedChoiceField(label=gettext_lazy("Tag that stays"), coerce=int)

    def __init__(self, others: list[Tag], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["into"].choices = [(tag.pk, tag.name) for tag in others]  # type: ignore[attr-defined]  # a field of choices


def _signed_in(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.is_public:
        raise Refused(_("Sign in to have tags."))
    return actor


def _home() -> tuple[shapes.Link, ...]:
    return (shapes.Link(_("Tags"), reverse("tags:mine")),)


def _carried_out(form: forms.Form, carry_out: Callable[[], Any]) -> bool:
    """Whether the work was done; what it was refused for stands in the form."""
    try:
        carry_out()
    except NotFound:
        raise
    except ActionError as error:
        for problem in words_of(error):
            form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        return False
    return True


@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The tags that one finds; a POST makes another."""
    actor = _signed_in(request)
    form = TagForm(actor, request.POST if request.method == "POST" else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _carried_out(form, lambda: perform(MAKE, actor, values=form.cleaned_data))
    ):
        messages.success(request, _("The tag “%(name)s” is made.") % {"name": form.cleaned_data["name"]})
        return HttpResponseRedirect(reverse("tags:mine"))
    page = shapes.FormPage(
        title=_("Tags"),
        lead=_("Short words on records. Each is found by you, by your body, or by everyone who signs in."),
        blocks=(_table(tags_of(actor)),),
        form=form,
        submit=_("Make a tag"),
    )
    return render_page(request, page)


def _table(tags: list[Tag]) -> shapes.Table:
    return shapes.Table(
        columns=(shapes.Column("tag", _("Tag")), shapes.Column("audience", _("For whom"))),
        rows=tuple(
            shapes.Row(
                (shapes.Cell(tag.name), shapes.Cell(Audience(tag.audience).label)),
                url=reverse("tags:tag", args=[tag.pk]),
                key=str(tag.pk),
            )
            for tag in tags
        ),
        empty_text=_("There is no tag yet. Make one here, or on the page of a record."),
        identifier="tags",
    )


@require_http_methods(["GET", "POST"])
def tag(request: HttpRequest, key: int) -> HttpResponse:
    """One tag: which lists have it, its name and for whom it is."""
    actor = _signed_in(request)
    found = tag_of(key, actor)
    may, reason = CHANGE.verdict(actor, found)
    form = TagForm(
        actor,
        request.POST if request.method == "POST" else None,
        initial={"name": found.name, "audience": found.audience},
    )
    if request.method == "POST" and form.is_valid():
        version = version_of(request.POST.get("version", ""))
        if _carried_out(form, lambda: perform(CHANGE, actor, record=found, version=version, values=form.cleaned_data)):
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("tags:tag", args=[key]))
    blocks: tuple[shapes.Block, ...] = (_where(found, actor),)
    if not may:
        page: Any = shapes.TablePage(
            title=found.name, lead=str(reason), chips=(chip_of(found),), blocks=blocks, breadcrumbs=_home()
        )
        return render_page(request, page)
    page = shapes.FormPage(
        title=found.name,
        number=str(Audience(found.audience).label),
        form=form,
        submit=_("Rename or share"),
        version=str(found.version),
        cancel_url=reverse("tags:mine"),
        blocks=blocks,
        breadcrumbs=_home(),
    )
    return render_page(request, page)


def _where(found: Tag, actor: Actor) -> shapes.Table:
    """How many records of each list have the tag, of those that the actor reads whole."""
    rows = []
    for kind in record_types():
        column, context = kind.column("tag"), Context(actor)
        readable = querying.without_withheld(kind, querying.visible_rows(kind, context), context)
        assert column.filter_by is not None
        count = column.filter_by(readable, "is", [found.name], context).count()
        if count:
            rows.append(shapes.Row((shapes.Cell(kind.plural, href=list_of(kind, found)), shapes.Cell(number=count))))
    return shapes.Table(
        title=_("Where it is"),
        columns=(shapes.Column("list", _("List")), shapes.Column("count", _("Records"), numeric=True)),
        rows=tuple(rows),
        empty_text=_("On no record that you may read."),
        steps=(
            shapes.Step(MERGE.label, reverse("tags:merge", args=[found.pk]), *_offered(MERGE, actor, found)),
            shapes.Step(
                DELETE.label, reverse("tags:delete", args=[found.pk]), *_offered(DELETE, actor, found), danger=True
            ),
        ),
    )


def _offered(action: Any, actor: Actor, found: Tag) -> tuple[Any, bool, Any]:
    allowed, reason = action.verdict(actor, found)
    return "get", allowed, reason


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, key: int) -> HttpResponse:
    """Merge a tag into another that is for the same people."""
    actor = _signed_in(request)
    found = tag_of(key, actor)
    refuse_early(MERGE, actor, found)
    same = [t for t in tags_of(actor) if t != found and (t.audience, t.body_id if t.audience == Audience.BODY else 0) == (
        found.audience, found.body_id if found.audience == Audience.BODY else 0
    )]  # fmt: skip
    form = MergeForm(same, request.POST if request.method == "POST" else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _carried_out(form, lambda: perform(MERGE, actor, record=found, values=form.cleaned_data))
    ):
        messages.success(request, _("The tags are merged."))
        return HttpResponseRedirect(reverse("tags:tag", args=[form.cleaned_data["into"]]))
    page = shapes.FormPage(
        title=_("Merge the tag “%(name)s”") % {"name": found.name},
        lead=_("Every record that has it has the other afterwards; this one is gone."),
        form=form,
        submit=_("Merge"),
        cancel_url=reverse("tags:tag", args=[key]),
        breadcrumbs=_home(),
    )
    return render_page(request, page)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, key: int) -> HttpResponse:
    """Ask, and then delete a tag; the records that had it stay as they are."""
    actor = _signed_in(request)
    found = tag_of(key, actor)
    refuse_early(DELETE, actor, found)
    if request.method == "POST":
        perform(DELETE, actor, record=found)
        messages.success(request, _("The tag “%(name)s” is deleted.") % {"name": found.name})
        return HttpResponseRedirect(reverse("tags:mine"))
    page = shapes.FormPage(
        title=_("Delete the tag “%(name)s”") % {"name": found.name},
        lead=_("It is taken from every record; the records stay as they are."),
        form=forms.Form(),
        submit=_("Delete"),
        danger=True,
        cancel_url=reverse("tags:tag", args=[key]),
        breadcrumbs=_home(),
    )
    return render_page(request, page)


# -------------------------------------------------------------------------------------------------------------- on records


def whole_record(kind: str, number: str, actor: Actor) -> tuple[RecordType, Any]:
    """A record that the actor reads whole, with its type. Raises NotFound."""
    try:
        described = record_type(kind)
    except LookupError:
        raise NotFound() from None
    record = find(described, number, actor)
    if not sees_tags(actor) or querying.is_withheld(described, record, Context(actor)):
        raise NotFound()
    return described, record


def _address(described: RecordType, number: str) -> str:
    try:
        return reverse(described.detail_url, args=[number])
    except NoReverseMatch:
        return ""


@require_http_methods(["GET", "POST"])
def on_record(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """The tags on a record; a POST puts others on it."""
    actor = _signed_in(request)
    described, record = whole_record(kind, number, actor)
    form = RecordForm(
        PUT_COLUMNS, data=request.POST if request.method == "POST" else None, initial={"audience": Audience.MINE}
    )
    if request.method == "POST":
        try:
            perform(action_named(f"{kind}.add_tags"), actor, record=record, values=form.typed())
        except NotFound:
            raise
        except ActionError as error:
            form.show_problems(words_of(error))
        else:
            return HttpResponseRedirect(reverse("tags:on", args=[kind, number]))
    back = _address(described, number)
    page = shapes.FormPage(
        title=_("Tags"),
        number=number,
        form=form,
        submit=_("Add tags"),
        groups=tuple(form.groups),
        blocks=(_on_it(kind, number, record, actor),),
        cancel_url=back,
        breadcrumbs=(shapes.Link(number, back),) if back else (),
    )
    return render_page(request, page)


def _on_it(kind: str, number: str, record: Any, actor: Actor) -> shapes.Table:
    tags = tags_on(record, actor)
    remove = reverse("tags:off", args=[kind, number])
    steps = []
    for each in tags:
        may = may_put(actor, each, record)
        label = _("Remove “%(name)s”") % {"name": each.name}
        fields = (("tag", str(each.pk)),)
        steps.append(shapes.Step(label, remove, "post", enabled=bool(may), reason=may.reason, fields=fields))
    return shapes.Table(
        title=_("On this record"),
        columns=(shapes.Column("tag", _("Tag")), shapes.Column("audience", _("For whom"))),
        rows=tuple(
            shapes.Row(
                (shapes.Cell(each.name), shapes.Cell(Audience(each.audience).label)),
                url=reverse("tags:tag", args=[each.pk]),
            )
            for each in tags
        ),
        steps=tuple(steps),
        empty_text=_("No tag is on this record."),
    )


@require_POST
def off_record(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Take a tag away from a record."""
    actor = _signed_in(request)
    _described, record = whole_record(kind, number, actor)
    key = request.POST.get("tag", "")
    found = next((t for t in tags_on(record, actor) if str(t.pk) == key), None)
    if found is None:
        raise NotFound()
    perform(action_named(f"{kind}.remove_tags"), actor, record=record, values={"tags": found.name})
    return HttpResponseRedirect(reverse("tags:on", args=[kind, number]))
