"""Fixtures of the tests that cross rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from . import house as houses


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[houses.House]:
    """One house for all tests of a module, which are marked `django_db`: each takes back what it did, the module the rest."""
    with django_db_blocker.unblock(), houses.undone():
        yield houses.build()
