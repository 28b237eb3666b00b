"""People, the roles they hold in bodies for a time, and with what, when and for how long they work in them."""

from .people import Delegation, Duty, Person, PersonManager
from .sessions import AccessEntry, Elevation, OpenReading, SignInFailures
from .tokens import ServiceToken, Token

__all__ = [
    "AccessEntry",
    "Delegation",
    "Duty",
    "Elevation",
    "OpenReading",
    "Person",
    "PersonManager",
    "ServiceToken",
    "SignInFailures",
    "Token",
]
