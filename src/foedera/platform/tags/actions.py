"""Making, renaming, sharing, merging and deleting tags; putting them on records and taking them away, one by one or on many."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import Invalid as Faulty
from foedera.platform.actions.errors import Refused, invalid
from foedera.platform.actions.performing import Action, Reason, Run, explain_constraint, register, save
from foedera.platform.history.queries import Change
from foedera.platform.lists.description import Column, Kind, RecordType, choices_of
from foedera.platform.lists.inputs import input_model
from foedera.platform.lists.saving.models import Audience

from .access import SIGNED_IN, may_keep, may_put
from .models import Tag, Tagging
from .queries import named, tag_of, tags_on

LONGEST = 60
MOST_AT_ONCE = 20

for _audience in ("mine", "body", "everyone"):
    explain_constraint(
        f"platform_tags_{_audience}", gettext_lazy("There is a tag of this name already; merge the two.")
    )


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TagInput(_Strict):
    """A tag: its name and for whom it is."""

    name: str = Field(max_length=200)
    audience: Audience = Audience.MINE


class TagChange(_Strict):
    """What shall be otherwise; what is not given stays."""

    name: str | None = Field(default=None, max_length=200)
    audience: Audience | None = None


class MergeInput(_Strict):
    """The tag that stays."""

    into: int


def kept_name(text: str) -> str:
    """The name as it is kept. Raises Invalid."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST or "\x00" in name:
        raise invalid("name", _("Enter a name of at most %(most)d letters.") % {"most": LONGEST})
    if any(sign in name for sign in ',:"“”«»()'):
        raise invalid("name", _("A tag has no commas, colons, brackets or quotation marks."))
    if name.casefold() in ("empty", "any"):
        raise invalid("name", _("These words ask for records without tags, or with any; choose another."))
    return name


def _share(actor: Actor, audience: str) -> None:
    verdict = may_keep(actor, audience)
    if not verdict:
        raise Refused(verdict.reason)


def _new(name: str, audience: str, actor: Actor) -> Tag:
    _share(actor, audience)
    made = Tag(name=kept_name(name), audience=audience, person_id=actor.person_id, body_id=actor.body_id)
    save(made)
    return made


def _make(run: Run[Tag]) -> Tag:
    return _new(run.input.name, run.input.audience, run.actor)


def _change(run: Run[Tag]) -> Tag:
    tag: Tag = run.record
    given: TagChange = run.input
    if given.audience is not None and given.audience != tag.audience:
        _share(run.actor, given.audience)
        if given.audience == Audience.MINE and tag.person_id != run.actor.person_id:
            raise Refused(_("Only who made this tag may keep it for himself."))
        tag.audience = given.audience
        tag.body_id = run.actor.body_id if given.audience == Audience.BODY else tag.body_id
    if given.name is not None:
        tag.name = kept_name(given.name)
    save(tag)
    return tag


def _merge(run: Run[Tag]) -> Tag:
    """Everything that has the one tag has the other afterwards; the one is gone."""
    goes: Tag = run.record
    stays = tag_of(run.input.into, run.actor)
    if stays == goes:
        raise invalid("into", _("Choose another tag."))
    verdict = policy_for(Tag).in_scope(stays, run.actor)
    if not verdict:
        raise Refused(verdict.reason)
    if stays.audience != goes.audience or (stays.audience == Audience.BODY and stays.body_id != goes.body_id):
        raise invalid("into", _("Merge tags that are for the same people."))
    there = stays.taggings.values_list("table_name", "record_id")
    known = set(there)
    for tagging in goes.taggings.all():
        if (tagging.table_name, tagging.record_id) not in known:
            Tagging.objects.filter(pk=tagging.pk).update(tag=stays)
    goes.delete()
    save(stays)
    return stays


def _delete(run: Run[Tag]) -> None:
    run.record.delete()


def _action(name: str, label: Any, body: Any, **more: Any) -> Action[Any]:
    return register(
        Action(name=f"tags.{name}", label=label, model=Tag, body=body, roles=SIGNED_IN, reason=Reason.NEVER, many=False, **more)
    )  # fmt: skip


MAKE = _action("make", gettext_lazy("Make a tag"), _make, input=TagInput, makes_record=True)
CHANGE = _action("change", gettext_lazy("Rename or share"), _change, input=TagChange)
MERGE = _action("merge", gettext_lazy("Merge into another"), _merge, input=MergeInput, needs_version=False)
DELETE = _action("delete", gettext_lazy("Delete the tag"), _delete, needs_version=False)


# -------------------------------------------------------------------------------------------------------------- on records

PUT_COLUMNS = (
    Column(
        name="tags",
        label=gettext_lazy("Tags"),
        required=True,
        max_length=600,
        help=gettext_lazy("Several are parted by commas."),
    ),
    Column(
        name="audience",
        label=gettext_lazy("New tags are for"),
        kind=Kind.CHOICE,
        choices=choices_of(Audience),
        default=Audience.MINE,
        required=True,
        help=gettext_lazy("Tags that there are already stay whose they are."),
    ),
)
TAKE_COLUMNS = PUT_COLUMNS[:1]


def names_in(text: str) -> list[str]:
    """The names in a text that parts them by commas, each once. Raises Invalid for none, too many or a faulty one."""
    names: dict[str, str] = {}
    for part in text.split(","):
        if part.strip():
            try:
                name = kept_name(part)
            except Faulty as error:
                raise invalid("tags", error.problems[0].message) from error
            names.setdefault(name.casefold(), name)
    if not names or len(names) > MOST_AT_ONCE:
        raise invalid("tags", _("Enter one to %(most)d tags.") % {"most": MOST_AT_ONCE})
    return list(names.values())


def _told(run: Run[Any], tagging: int, before: str, after: str) -> None:
    run.beside.append(Change(Tagging._meta.db_table, tagging, "U", "tag_id", before, after))


def _put(run: Run[Any]) -> Any:
    record, actor = run.record, run.actor
    wanted = names_in(run.input.tags)
    known = named(wanted, actor)
    for name in wanted:
        tags = known.get(name.casefold()) or [_new(name, run.input.audience, actor)]
        allowed = [tag for tag in tags if may_put(actor, tag, record)]
        if not allowed:
            raise Refused(may_put(actor, tags[0], record).reason)
        put, made = Tagging.objects.get_or_create(tag=allowed[0], table_name=record._meta.db_table, record_id=record.pk)
        if made:
            _told(run, put.pk, "", allowed[0].name)
    return record


def _take(run: Run[Any]) -> Any:
    record, actor = run.record, run.actor
    wanted = {name.casefold() for name in names_in(run.input.tags)}
    on_it = [tag for tag in tags_on(record, actor) if tag.name.casefold() in wanted]
    refused = [may_put(actor, tag, record) for tag in on_it]
    for tag, verdict in zip(on_it, refused, strict=True):
        if not verdict:
            raise Refused(verdict.reason)
        for tagging in Tagging.objects.filter(tag=tag, table_name=record._meta.db_table, record_id=record.pk):
            _told(run, tagging.pk, tag.name, "")
            tagging.delete()
    return record


def offer_tags(record_type: RecordType) -> None:
    """Register the putting and taking away of tags for a record type; from there API and steps on many records have them."""

    def step(verb: str, label: Any, body: Any, columns: tuple[Column, ...]) -> None:
        register(
            Action(
                name=f"{record_type.name}.{verb}",
                label=label,
                model=record_type.model,
                body=body,
                roles=SIGNED_IN,
                input=input_model(f"{record_type.name.title().replace('_', '')}{verb.title()}Input", columns),
                columns=columns,
                reason=Reason.NEVER,
                needs_version=False,
                reversible=False,
                beside=True,
            )
        )

    step("add_tags", gettext_lazy("Add tags"), _put, PUT_COLUMNS)
    step("remove_tags", gettext_lazy("Remove tags"), _take, TAKE_COLUMNS)
