"""Guessing is stopped for each login, in the database and so for all processes; passwords must be hard to guess."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation

from foedera.accounts.actions import count_failure, forget_failures, locked_until
from foedera.accounts.models import Person, SignInFailures
from foedera.accounts.rules import FAILURES_BORNE
from foedera.accounts.tests.make import switched_on
from foedera.agreements.tests.make import PASSWORD, person, world
from foedera.platform.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_rates(db: None) -> None:
    cache.clear()


@pytest.fixture
def nina() -> Person:
    return person("nina", Role.OFFICE_OFFICER, world().office)


def try_in(password: str, login: str = "nina") -> Any:
    return Client().post("/accounts/login/", {"login": login, "password": password})


def test_a_login_is_locked_and_says_until_when(nina: Person) -> None:
    for _n in range(FAILURES_BORNE):
        assert "Too many attempts" not in try_in("wrong").content.decode()
    answer = try_in(PASSWORD)
    assert "Too many attempts failed. Try again in 5 minutes" in answer.content.decode()
    with translation.override("ru"):
        russian = Client().post(
            "/accounts/login/", {"login": "nina", "password": PASSWORD}, headers={"Accept-Language": "ru"}
        )
    assert "Слишком много неудачных попыток. Повторите через 5 минут" in russian.content.decode()


def test_the_lock_is_of_the_login_whatever_its_case_and_ends(nina: Person) -> None:
    for _n in range(FAILURES_BORNE):
        try_in("wrong", " NINA ")
    assert try_in(PASSWORD).status_code != 302
    SignInFailures.objects.update(locked_until=timezone.now())
    assert try_in(PASSWORD).status_code == 302
    assert not SignInFailures.objects.exists(), "a success forgets the failures"


def test_a_login_that_nobody_has_is_locked_alike() -> None:
    for _n in range(FAILURES_BORNE):
        try_in("wrong", "nobody")
    assert "Too many attempts" in try_in("wrong", "nobody").content.decode()


def test_the_lock_grows_and_is_forgotten_in_time() -> None:
    untils = [count_failure("x") for _n in range(FAILURES_BORNE + 2)]
    assert untils[: FAILURES_BORNE - 1] == [None] * (FAILURES_BORNE - 1)
    last = [u for u in untils if u is not None]
    assert last == sorted(last)
    assert locked_until("X") is not None
    SignInFailures.objects.update(last_at=timezone.now() - datetime.timedelta(hours=13), locked_until=None)
    assert count_failure("x") is None
    assert SignInFailures.objects.get().failures == 1
    forget_failures("x")
    assert locked_until("x") is None


def test_an_administrator_lifts_the_lock_with_a_new_password(nina: Person) -> None:
    for _n in range(FAILURES_BORNE):
        try_in("wrong")
    from foedera.directory.models import Body

    admin = person("anna", Role.ADMINISTRATOR, Body.objects.get(name="Ministry"))
    sent = {"password": "four winds over the sea"}
    assert switched_on(admin).post(f"/account/people/{nina.pk}/password/", sent).status_code == 302
    assert try_in("four winds over the sea").status_code == 302


def test_one_address_that_tries_many_logins_is_slowed(nina: Person) -> None:
    for n in range(30):
        try_in("wrong", f"somebody{n}")
    assert try_in(PASSWORD).status_code != 302


def test_rates_are_kept_in_the_database(nina: Person, django_assert_max_num_queries: Any) -> None:
    from django.db import connection

    try_in("wrong")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_rates WHERE cache_key LIKE '%login_failed%'")
        assert cursor.fetchone()[0] >= 1


@pytest.mark.parametrize(
    "weak",
    ["password1234", "qwertyuiop[]", "Passw0rd12345", "aaaaaaaaaaaaaa", "abcdefghijklmnop", "ninapetrova2024",
     "123456789012345", "x" * 300],
)  # fmt: skip
def test_what_is_guessed_soon_is_refused_with_advice(weak: str) -> None:
    somebody = Person(login="nina.petrova", name="Nina Petrova", email="nina@mid.example")
    with pytest.raises(ValidationError):
        validate_password(weak, somebody)


@pytest.mark.parametrize(
    "strong", [PASSWORD, "three lakes and a road", "семь холмов и река у моря", "kX9#vQ2!mZ7pLw", "seven hills " * 40]
)
def test_what_is_hard_to_guess_is_taken(strong: str) -> None:
    validate_password(strong, Person(login="nina.petrova", name="Nina Petrova"))
