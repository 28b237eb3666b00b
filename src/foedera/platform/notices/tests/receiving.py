"""A real mail server on this machine that keeps what it is sent and can be told to refuse it."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from django.test import override_settings

HOST = "127.0.0.1"


class MailBox:
    """What arrived; `refusals` are answered first, one for each mail that comes."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refusals: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusals:
            return self.refusals.pop(0)
        message = email.message_from_bytes(envelope.content, policy=default)
        message["X-Envelope-To"] = ",".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 taken"

    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages]


def part(message: Message, kind: str) -> str:
    """The text or the HTML of a mail."""
    assert isinstance(message, EmailMessage)
    found = message.get_body(preferencelist=(kind,))
    assert found is not None
    return str(found.get_content())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server() -> Iterator[MailBox]:
    """A mail server to which the installation sends while this holds."""
    box, port = MailBox(), free_port()
    controller = Controller(box, hostname=HOST, port=port)
    controller.start()
    try:
        with override_settings(
            EMAIL_HOST=HOST,
            EMAIL_PORT=port,
            EMAIL_HOST_USER="",
            EMAIL_HOST_PASSWORD="",
            EMAIL_USE_TLS=False,
            EMAIL_USE_SSL=False,
            FOEDERA_MAIL_FROM="register@foedera.example",
            FOEDERA_URL="https://foedera.example",
        ):
            yield box
    finally:
        controller.stop()
