"""Sending the mails that wait.

What SMTP allows: a server says that it has taken a mail, and then the mail is marked as sent. Between these two the process may die;
nobody can tell afterwards, so the mail is sent again. No mail is lost, and only one that died in these milliseconds comes twice, with the
same Message-ID, by which most mail programs show it once. The row is locked while it is sent: a dead process leaves it
free at once, and two workers never send the same.
"""

from __future__ import annotations

import datetime
import logging
import smtplib
from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .kinds import Reader, readers_on
from .models import Mail, MailState
from .queries import Item, worded_for_any
from .server import absolute, connection_to_server, sends_mail

logger = logging.getLogger(__name__)

# Minutes after the first, second ... failed attempt; then it is given up, after two days and a half.
PAUSES = (1, 5, 15, 60, 180, 360, 720, 1440)
MOST_IN_A_RUN = 500


@dataclass(slots=True)
class Sending:
    """What a run did with the mails that waited."""

    sent: int = 0
    not_needed: int = 0
    failed: int = 0


def send_waiting(now: datetime.datetime, *, server: EmailBackend | None = None) -> Sending:
    """Send what is due at a moment, one mail and one transaction after the other."""
    done = Sending()
    if not sends_mail():
        return done
    people: dict[int, list[Reader]] = defaultdict(list)
    for reader in readers_on(timezone.localtime(now).date()):
        people[reader.actor.person_id or 0].append(reader)
    server = server or connection_to_server()
    try:
        for _turn in range(MOST_IN_A_RUN):
            if not _send_next(now, people, server, done):
                break
    finally:
        _close(server)
    return done


def _send_next(now: datetime.datetime, people: dict[int, list[Reader]], server: EmailBackend, done: Sending) -> bool:
    with transaction.atomic():
        waiting = Mail.objects.filter(state=MailState.WAITING, next_attempt_at__lte=now)
        mail = waiting.select_for_update(skip_locked=True).order_by("next_attempt_at", "id").first()
        if mail is None:
            return False
        readers = people.get(mail.person_id, [])
        address = next((r.address for r in readers if r.address), "")
        notices = list(mail.notices.filter(settled_at__isnull=True).order_by("id"))
        # Rights of this very moment: what the person may no longer know is not told.
        language = readers[0].actor.language if readers else settings.LANGUAGE_CODE
        with translation.override(language):
            items = worded_for_any([r.actor for r in readers], notices) if address else []
            message = compose(mail, address, language, items) if items else None
        if message is None:
            mail.state = MailState.NOT_NEEDED
            done.not_needed += 1
        else:
            _hand_over(mail, message, now, server, done)
        mail.save()
    return True


def _hand_over(
    mail: Mail, message: EmailMultiAlternatives, now: datetime.datetime, server: EmailBackend, done: Sending
) -> None:
    mail.attempts += 1
    try:
        server.open()
        server.send_messages([message])
    except (OSError, smtplib.SMTPException) as error:
        # After an error the connection is in no known state.
        _close(server)
        mail.fault = fault_of(error)
        done.failed += 1
        if is_final(error) or mail.attempts > len(PAUSES):
            mail.state = MailState.GIVEN_UP
            logger.error("a mail was given up", extra={"mail": mail.pk, "fault": mail.fault})
        else:
            mail.next_attempt_at = now + datetime.timedelta(minutes=PAUSES[mail.attempts - 1])
    else:
        mail.state, mail.sent_at, mail.fault = MailState.SENT, timezone.now(), ""
        done.sent += 1


def _close(server: EmailBackend) -> None:
    try:
        server.close()
    except (OSError, smtplib.SMTPException):
        server.connection = None


def codes_of(error: Exception) -> list[int]:
    """The reply codes of the server in an error of SMTP."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _words in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def is_final(error: Exception) -> bool:
    """Whether the server refused this mail for good. Refused credentials are the installation's fault, not the mail's."""
    codes = codes_of(error)
    return bool(codes) and all(500 <= c < 600 for c in codes) and not isinstance(error, smtplib.SMTPAuthenticationError)


def fault_of(error: Exception) -> str:
    """The kind of an error with the server's codes. Its words may name addresses; they are not kept."""
    return " ".join([type(error).__name__, *map(str, codes_of(error))])[:200]


def compose(mail: Mail, address: str, language: str, items: list[Item]) -> EmailMultiAlternatives:
    """The mail in the language that is set, as text and as simple HTML."""
    if len(items) == 1:
        subject = " ".join(filter(None, (items[0].shown.number, items[0].shown.text)))
    else:
        subject = ngettext("%(count)d notice", "%(count)d notices", len(items)) % {"count": len(items)}
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for item in items:
        groups[str(item.kind.label)].append(
            {
                "text": item.shown.text,
                "record": " ".join(filter(None, (item.shown.number, item.shown.title))),
                "url": absolute(item.shown.url),
            }
        )
    words = {
        "language": language,
        "heading": _("Your daily digest") if mail.digest else subject,
        "groups": dict(groups),
        "inbox": absolute(reverse("notices:inbox")),
        "settings": absolute(reverse("notices:settings")),
    }
    host = settings.FOEDERA_MAIL_FROM.rpartition("@")[2].strip("> ") or "localhost"
    message = EmailMultiAlternatives(
        # A title may hold line breaks; a subject may not.
        subject=" ".join(f"Foedera: {subject}".split())[:200],
        body=render_to_string("notices/mail.txt", words),
        from_email=settings.FOEDERA_MAIL_FROM,
        to=[address],
        headers={
            "Message-ID": f"<{mail.message_id}@{host}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
        },
    )
    message.attach_alternative(render_to_string("notices/mail.html", words), "text/html")
    return message
