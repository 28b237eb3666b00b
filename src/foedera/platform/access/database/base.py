"""The connection: before the first statement of a transaction it says who asks (see `access.asking`).

What is said ends with the transaction, so nothing stays on a connection that others use next. Statements outside of a transaction get
one: reads share it until the request ends or a write begins, a write has its own. Saying it travels with BEGIN in one message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base, operations
from psycopg import errors
from psycopg.pq import ExecStatus, TransactionStatus

from foedera.platform.access.asking import NOBODY, Asker, current, is_said

READS = re.compile(r"\s*\(*\s*(SELECT|WITH|VALUES|SHOW|EXPLAIN)\b", re.IGNORECASE)
WRITES_INSIDE = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b")


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, telling also what was asked by a prepared statement, of which psycopg sends the name alone."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """The statement for the log, with its values where the driver knows them."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper with the asker of the present transaction."""

    ops_class = DatabaseOperations

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # Whom the database holds for the asker now, and whether a transaction of reads is open outside of atomic blocks.
        self.told: Asker | None = None
        self.reading = False
        self.execute_wrappers = [self._ask]

    def _ask(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        mode = settings.FOEDERA_FENCE
        if not mode:
            return execute(sql, params, many, context)
        asker = current()
        if self.in_atomic_block or not self.autocommit:
            if asker != self.told:
                self._tell(asker)
            return execute(sql, params, many, context)
        if asker is None:
            self.end_reading()
            return execute(sql, params, many, context)
        if is_said() and _only_reads(sql):
            if not self.reading or self._status() != TransactionStatus.INTRANS:
                self.end_reading()
                self._run(f"BEGIN; {self._statement(asker)}")
                self.told, self.reading = asker, True
            elif asker != self.told:
                # Somebody else asks in the same transaction of reads: who he is replaces all that was said before.
                self._run(self._statement(asker))
                self.told = asker
            return execute(sql, params, many, context)
        return self._write_alone(asker, lambda: execute(sql, params, many, context))

    def _write_alone(self, asker: Asker, write: Callable[[], Any]) -> Any:
        """A statement outside of an atomic block, in a transaction of its own, committed before anything else is done."""
        self.end_reading()
        self._run(f"BEGIN; {self._statement(asker)}")
        try:
            result = write()
        except BaseException:
            if self.connection is not None and self._status() != TransactionStatus.IDLE:
                self._run("ROLLBACK")
            raise
        self._run("COMMIT")
        return result

    def _tell(self, asker: Asker | None) -> None:
        """Say who asks inside the present transaction, which begins with it when nothing was done in it yet."""
        status = self._status()
        if status == TransactionStatus.INERROR:
            return
        begin = "BEGIN; " if status == TransactionStatus.IDLE else ""
        self._run(begin + self._statement(asker))
        self.told = asker

    @staticmethod
    def _statement(asker: Asker | None) -> str:
        """The settings; where the process connects as the owner (tests), the role of the asker is taken as well."""
        role = ""
        if settings.FOEDERA_FENCE == "switch":
            role = "none"
            if asker is not None:
                role = settings.FOEDERA_WORKER_ROLE if asker.is_program else settings.FOEDERA_WEB_ROLE
        return (asker or NOBODY).statement(role)

    def _status(self) -> TransactionStatus:
        return TransactionStatus(self.connection.pgconn.transaction_status)

    def _run(self, statement: str) -> None:
        """Several statements in one message, past psycopg, whose own BEGIN would be one more."""
        with self.wrap_database_errors:
            self.validate_thread_sharing()
            result = self.connection.pgconn.exec_(statement.encode())
            if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
                raise errors.error_from_result(result)

    def end_reading(self) -> None:
        """End the transaction of reads, if one is open; the settings end with it."""
        if not self.reading:
            return
        self.reading, self.told = False, None
        if self.connection is not None and self._status() != TransactionStatus.IDLE:
            self._run("COMMIT")

    def _set_autocommit(self, autocommit: bool) -> None:
        self.end_reading()
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs

    def _commit(self) -> None:
        self.told = None
        super()._commit()  # type: ignore[misc]  # not in the stubs

    def _rollback(self) -> None:
        self.told = None
        super()._rollback()  # type: ignore[misc]  # not in the stubs

    def _savepoint_rollback(self, sid: str) -> None:
        # What was said since the savepoint is taken back with it.
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # not in the stubs
        self.told = _UNKNOWN

    def _close(self) -> None:
        self.told, self.reading = None, False
        super()._close()  # type: ignore[misc]  # not in the stubs


_UNKNOWN = Asker(role="unknown")


def _only_reads(sql: Any) -> bool:
    text = sql if isinstance(sql, str) else str(sql)
    return bool(READS.match(text)) and not (text.lstrip()[:4].upper() == "WITH" and WRITES_INSIDE.search(text))
