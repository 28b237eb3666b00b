"""The mail server of the installation, as the environment names it, and the address under which pages are found."""

from __future__ import annotations

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

SECONDS = 20


def sends_mail() -> bool:
    """Whether this installation has a mail server."""
    return bool(settings.EMAIL_HOST and settings.FOEDERA_MAIL_FROM)


def connection_to_server() -> EmailBackend:
    """A connection to the mail server, not yet opened."""
    return EmailBackend(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        username=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        use_tls=settings.EMAIL_USE_TLS,
        use_ssl=settings.EMAIL_USE_SSL,
        timeout=SECONDS,
        fail_silently=False,
    )


def absolute(path: str) -> str:
    """The whole address of a page of this installation."""
    return f"{settings.FOEDERA_URL.rstrip('/')}{path}"
