"""Days of duties and delegations, and locks: properties of the pure rules."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from foedera.accounts.rules import (
    FAILURES_BORNE,
    LONGEST_DELEGATION_DAYS,
    LONGEST_LOCK,
    fault_of_delegation,
    holds,
    lent,
    lock_after,
)

DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2060, 12, 31))
ONE = datetime.timedelta(days=1)


@given(DAYS, st.none() | DAYS, DAYS)
def test_a_period_holds_from_its_first_to_its_last_day(
    first: datetime.date, last: datetime.date | None, day: datetime.date
) -> None:
    assert holds(first, last, day) == (day >= first and (last is None or day <= last))
    if last is None or first <= last:
        assert holds(first, last, first)
        assert not holds(first, last, first - ONE)
    if last is not None:
        assert not holds(first, last, last + ONE)


@given(DAYS, st.none() | DAYS, DAYS, DAYS, st.booleans(), DAYS)
def test_a_lent_role_is_used_only_while_it_is_held_and_lent(
    held_from: datetime.date,
    held_until: datetime.date | None,
    first: datetime.date,
    last: datetime.date,
    revoked: bool,
    day: datetime.date,
) -> None:
    used = lent((held_from, held_until), (first, last), revoked, day)
    assert used == (not revoked and holds(held_from, held_until, day) and holds(first, last, day))
    assert not lent((held_from, held_until), (first, last), True, day)


@given(DAYS, DAYS, DAYS, st.none() | DAYS)
def test_a_delegation_without_fault_can_be_used_on_each_of_its_days(
    first: datetime.date, last: datetime.date, today: datetime.date, ends: datetime.date | None
) -> None:
    if fault_of_delegation(first, last, today, ends) is None:
        assert today <= first <= last
        assert (last - first).days < LONGEST_DELEGATION_DAYS
        duty = (today, ends)
        assert all(lent(duty, (first, last), False, day) for day in (first, last))
    else:
        too_long = (last - first).days >= LONGEST_DELEGATION_DAYS
        assert last < first or first < today or too_long or (ends is not None and last > ends)


@given(st.integers(0, 10**6))
def test_a_lock_grows_with_the_failures_and_never_beyond_the_longest(failures: int) -> None:
    lock, next_one = lock_after(failures), lock_after(failures + 1)
    assert (lock is None) == (failures < FAILURES_BORNE)
    if lock is not None:
        assert next_one is not None
        assert datetime.timedelta(0) < lock <= next_one <= LONGEST_LOCK
