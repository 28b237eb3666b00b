"""A forgotten password: replaced by mail where there is a mail server, else the page says whom to ask."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from foedera.accounts.models import Person
from foedera.agreements.tests.make import person, world
from foedera.platform.access.roles import Role

pytestmark = pytest.mark.django_db
RESET = "/accounts/password/reset/"


class Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as takes one letter."""

    def handle(self) -> None:
        """Answer until QUIT; letters are kept with the server."""
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                letter = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    letter += part
                self.server.letters.append(letter)  # type: ignore[attr-defined]  # of the server below
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
            if verb == b"QUIT":
                return


@pytest.fixture
def letters(settings: Any) -> Iterator[list[bytes]]:
    """A mail server on this machine, and the letters that came to it."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.letters = []  # type: ignore[attr-defined]  # kept for the test
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.FOEDERA_MAIL_FROM = settings.DEFAULT_FROM_EMAIL = "foedera@mid.example"
        yield server.letters  # type: ignore[attr-defined]  # kept for the test
        server.shutdown()


@pytest.fixture
def nina() -> Person:
    cache.clear()
    somebody = person("nina", Role.OFFICE_OFFICER, world().office)
    somebody.email = "nina@mid.example"
    somebody.save()
    return somebody


def test_a_letter_leads_to_a_new_password(nina: Person, letters: list[bytes]) -> None:
    client = Client()
    assert client.get(RESET).status_code == 200
    assert client.post(RESET, {"email": "nina@mid.example"}).status_code == 302
    (letter,) = [message_from_bytes(raw, policy=policy.default) for raw in letters]
    assert (letter["To"], letter["From"]) == ("nina@mid.example", "foedera@mid.example")
    text = str(letter.get_content())
    assert "Your login: nina" in text
    found = re.search(r"https?://testserver(/accounts/password/reset/key/\S+)", text)
    assert found is not None
    form = client.get(found[1], follow=True)
    address = form.redirect_chain[-1][0]
    weak = client.post(address, {"password1": "password1234", "password2": "password1234"})
    assert weak.status_code == 200
    new = "four winds over the sea"
    assert client.post(address, {"password1": new, "password2": new}).status_code == 302
    nina.refresh_from_db()
    assert nina.check_password(new)
    assert Client().get(found[1], follow=True).context["token_fail"], "a link is good for once"


def test_an_unknown_address_gets_the_same_answer_and_no_letter(nina: Person, letters: list[bytes]) -> None:
    known, unknown = (Client().post(RESET, {"email": f"{who}@mid.example"}) for who in ("nina", "nobody"))
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert len(letters) == 1


def test_without_a_mail_server_the_page_says_so(nina: Person, settings: Any) -> None:
    settings.FOEDERA_MAIL_FROM = ""
    assert "This register sends no mail." in Client().get(RESET).content.decode()
    assert Client().post(RESET, {"email": "nina@mid.example"})["Location"] == RESET
