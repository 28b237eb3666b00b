"""Posts of a body and who holds them: added, changed, abolished; appointed, acting, deputising, ended."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foedera.platform.actions.errors import Words, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register
from foedera.platform.lists.description import Column, Kind, choices_of
from foedera.platform.lists.inputs import assign, change_model, input_model
from foedera.platform.records.partial_dates import bounds, precision

from ..models import Body, BodyState, Holder, Post, PostRank, Standing
from ..rules import ONE_DAY
from ..transitions import KEEPERS
from .dated import end, part, set_during, touch, write

POST_COLUMNS = (
    Column(name="name", label=gettext_lazy("Title of the post"), required=True, max_length=300),
    Column(name="names", label=gettext_lazy("Title in other languages"), kind=Kind.NAMES),
    Column(name="rank", label=gettext_lazy("Rank"), kind=Kind.CHOICE, choices=choices_of(PostRank), required=True),
    Column(
        name="precedence",
        label=gettext_lazy("Order of precedence"),
        kind=Kind.INTEGER,
        minimum=1,
        maximum=32_000,
    ),
    Column(name="valid_from", label=gettext_lazy("From"), kind=Kind.PARTIAL_DATE),
    Column(name="source", label=gettext_lazy("Source"), max_length=500),
)
WHICH_POST = Column(name="post", label=gettext_lazy("Post"), kind=Kind.INTEGER, required=True, maximum=2**31 - 1)
LAST_DAY = Column(name="valid_until", label=gettext_lazy("Last day"), kind=Kind.PARTIAL_DATE, required=True)
CHANGE_POST_COLUMNS = (WHICH_POST, *POST_COLUMNS)
CLOSE_POST_COLUMNS = (WHICH_POST, LAST_DAY)
HOLDER_COLUMNS = (
    Column(
        name="person_name",
        label=pgettext_lazy("person", "Name"),
        required=True,
        max_length=200,
        help=gettext_lazy("The official name only."),
    ),
    Column(
        name="standing",
        label=gettext_lazy("Standing"),
        kind=Kind.CHOICE,
        choices=choices_of(Standing),
        required=True,
    ),
    Column(name="valid_from", label=gettext_lazy("From"), kind=Kind.PARTIAL_DATE),
    Column(name="valid_until", label=gettext_lazy("Until"), kind=Kind.PARTIAL_DATE),
    Column(name="contact", label=gettext_lazy("Official contact"), max_length=300),
    Column(name="source", label=gettext_lazy("Source"), max_length=500),
    Column(name="checked", label=gettext_lazy("Checked"), kind=Kind.PARTIAL_DATE),
)
ENDS_PREDECESSOR = Column(
    name="ends_predecessor",
    label=gettext_lazy("End whoever is in office on the day before"),
    kind=Kind.BOOLEAN,
)
APPOINT_COLUMNS = (WHICH_POST, *HOLDER_COLUMNS, ENDS_PREDECESSOR)
WHICH_HOLDER = Column(
    name="holder",
    label=gettext_lazy("Holder of the post"),
    kind=Kind.INTEGER,
    required=True,
    maximum=2**31 - 1,
)
END_HOLDER_COLUMNS = (WHICH_HOLDER, LAST_DAY)


def works(body: Body) -> Words:
    """Why nothing can be added to a body: it is closed or archived."""
    if body.state in (BodyState.CLOSED, BodyState.ARCHIVED):
        return _("Not from the state “%(state)s”.") % {"state": body.get_state_display()}
    return ""


def _add_post(run: Run[Body]) -> Body:
    post = Post(body=run.record)
    assign(post, run.input, POST_COLUMNS, run.actor)
    write(post)
    return touch(run.record)  # type: ignore[no-any-return]  # touch returns what it is given


def _change_post(run: Run[Body]) -> Body:
    post = part(run, Post.objects.filter(body=run.record), "post")
    assign(post, run.input, POST_COLUMNS, run.actor, only_given=True)
    post.to_be_completed = False
    write(post)
    return touch(run.record)  # type: ignore[no-any-return]  # as above


def _close_post(run: Run[Body]) -> Body:
    """Abolish a post on a day; whoever holds it until further notice ends with it."""
    post = part(run, Post.objects.filter(body=run.record), "post")
    end(post, run.input.valid_until)
    for holder in Holder.objects.filter(post=post, valid_until=""):
        end(holder, run.input.valid_until)
    return touch(run.record)  # type: ignore[no-any-return]  # as above


def _appoint(run: Run[Body]) -> Body:
    """Somebody holds a post from a day. Two people are never in office in one post at the same time; acting and deputising
    stand beside them."""
    post = part(run, Post.objects.filter(body=run.record), "post")
    holder = Holder(body=run.record, post=post)
    assign(holder, run.input, HOLDER_COLUMNS, run.actor)
    set_during(holder)
    if holder.standing == Standing.FULL:
        if run.input.ends_predecessor:
            _end_predecessor(holder)
        others = Holder.objects.filter(post=post, standing=Standing.FULL, during__overlap=holder.during)
        other = others.order_by("valid_from").first()
        if other is not None:
            raise invalid(
                "valid_from",
                _("%(name)s is in office then (%(since)s – %(until)s). End that first, or choose another standing.")
                % {
                    "name": other.person_name,
                    "since": other.valid_from or "…",
                    "until": other.valid_until or "…",
                },
            )
    write(holder)
    return touch(run.record)  # type: ignore[no-any-return]  # as above


def _end_predecessor(holder: Holder) -> None:
    if not holder.valid_from or precision(holder.valid_from) != "day":
        raise invalid("valid_from", _("To end the predecessor the day before, give the first day exactly."))
    last = bounds(holder.valid_from)[0] - ONE_DAY
    open_ended = Holder.objects.filter(post=holder.post, standing=Standing.FULL, valid_until="")
    for predecessor in open_ended.filter(during__contains=last):
        end(predecessor, last.isoformat())


def _end_holder(run: Run[Body]) -> Body:
    holder = part(run, Holder.objects.filter(body=run.record), "holder")
    end(holder, run.input.valid_until)
    return touch(run.record)  # type: ignore[no-any-return]  # as above


ADD_POST = register(
    Action(
        name="body.add_post",
        label=gettext_lazy("Add a post"),
        model=Body,
        body=_add_post,
        roles=KEEPERS,
        input=input_model("PostInput", POST_COLUMNS),
        columns=POST_COLUMNS,
        available=works,
    )
)
CHANGE_POST = register(
    Action(
        name="body.change_post",
        label=gettext_lazy("Change a post"),
        model=Body,
        body=_change_post,
        roles=KEEPERS,
        input=change_model("PostChange", CHANGE_POST_COLUMNS),
        columns=CHANGE_POST_COLUMNS,
        available=works,
    )
)
CLOSE_POST = register(
    Action(
        name="body.close_post",
        label=gettext_lazy("Abolish a post"),
        model=Body,
        body=_close_post,
        roles=KEEPERS,
        input=input_model("ClosePostInput", CLOSE_POST_COLUMNS),
        columns=CLOSE_POST_COLUMNS,
        reason=Reason.REQUIRED,
        available=works,
    )
)
APPOINT = register(
    Action(
        name="body.appoint",
        label=gettext_lazy("Appoint"),
        model=Body,
        body=_appoint,
        roles=KEEPERS,
        input=input_model("AppointInput", APPOINT_COLUMNS),
        columns=APPOINT_COLUMNS,
        available=works,
        primary=True,
    )
)
END_HOLDER = register(
    Action(
        name="body.end_holder",
        label=gettext_lazy("End an appointment"),
        model=Body,
        body=_end_holder,
        roles=KEEPERS,
        input=input_model("EndHolderInput", END_HOLDER_COLUMNS),
        columns=END_HOLDER_COLUMNS,
    )
)
