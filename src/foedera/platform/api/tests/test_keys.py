"""Idempotency keys are one per person, and tell a request by its content."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from foedera.platform.api.models import IdempotencyKey

pytestmark = pytest.mark.django_db


def test_a_key_is_there_once_for_a_person() -> None:
    IdempotencyKey.objects.create(person_id=1, key="k", request_digest="a" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyKey.objects.create(person_id=1, key="k", request_digest="b" * 64)
    IdempotencyKey.objects.create(person_id=2, key="k", request_digest="a" * 64)
    assert IdempotencyKey.objects.filter(key="k").count() == 2
