"""Who asks is said in each transaction: outside of atomic blocks, and on a connection of the web process's own."""

from __future__ import annotations

import dataclasses
import os

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.asking import asker_of, asking
from foedera.platform.access.fences import business_models, fence_of
from foedera.platform.access.roles import Role


@pytest.mark.django_db(transaction=True)
def test_reads_outside_of_transactions_carry_the_asker_and_leave_nothing() -> None:
    world = make.world()
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    made = make.agreement(officer)
    with asking(asker_of(officer)):
        assert Agreement._base_manager.get().pk == made.pk
        assert Agreement._base_manager.filter(pk=made.pk).update(note="Written alone") == 1
        assert [a.note for a in Agreement._base_manager.iterator(chunk_size=1)] == ["Written alone"]
    with asking(dataclasses.replace(asker_of(officer), body="", territories="{}")):
        assert not Agreement._base_manager.exists()
    assert connection.connection.info.transaction_status.name == "IDLE"
    # A connection of its own, as the web process makes it.
    parts = conninfo_to_dict(os.environ["DATABASE_URL"])
    address = make_conninfo(**{**parts, "dbname": connection.settings_dict["NAME"], "user": settings.FOEDERA_WEB_ROLE})
    with psycopg.connect(address) as real:
        for model in business_models():
            fence = fence_of(model)
            if fence is not None and fence.before_asking:
                continue
            count = real.execute(f'SELECT count(*) FROM "{model._meta.db_table}"').fetchone()
            assert count == (0,), model
        real.execute(asker_of(officer).statement())
        assert real.execute("SELECT count(*) FROM agreements_agreement").fetchone() == (1,)
        real.commit()
        assert real.execute("SELECT count(*) FROM agreements_agreement").fetchone() == (0,)
        for statement in (
            "TRUNCATE history_entry",
            "DELETE FROM history_entry",
            "CREATE TABLE own (a int)",
            "ALTER TABLE agreements_agreement DISABLE ROW LEVEL SECURITY",
            "SET ROLE foedera",
        ):
            real.rollback()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                real.execute(statement)
