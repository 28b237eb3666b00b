"""The shape of a short form that stands among other blocks of a page."""

from dataclasses import dataclass
from typing import ClassVar

from django.forms import BaseForm
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineForm:
    """A short form among other blocks. It is sent to `action_url`, which shows it on a page of its own where something is wrong."""

    template: ClassVar[str] = "pages/blocks/inline_form.html"

    title: str | Promise
    form: BaseForm
    submit: str | Promise
    action_url: str
    identifier: str = ""
