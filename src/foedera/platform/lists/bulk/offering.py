"""The steps that a list offers for its selected rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from foedera.platform.actions.performing import Action
from foedera.platform.lists.description import RecordType
from foedera.platform.pages import shapes


def bulk_offer(record_type: RecordType, steps: Iterable[Action[Any]]) -> shapes.BulkOffer | None:
    """The steps for the selected rows of a list; None where there are none."""
    choices = tuple((a.name.partition(".")[2], a.label) for a in steps)
    if not choices or not record_type.registered:
        return None
    return shapes.BulkOffer(reverse("list:bulk", args=[record_type.name]), choices)
