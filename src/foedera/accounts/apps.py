"""Accounts as a Django app: they tell the platform who asks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "foedera.accounts"
    label = "accounts"

    def ready(self) -> None:
        from foedera.platform.access.middleware import find_actor_with
        from foedera.platform.access.policies import find_opened_with
        from foedera.platform.access.roles import Role
        from foedera.platform.access.seats import find_seats_with
        from foedera.platform.api.authenticating import find_tokens_with
        from foedera.platform.lists.importing.job import find_actor_of_duty_with
        from foedera.platform.notices.kinds import find_readers_with
        from foedera.platform.pages.navigation import Entry, register
        from foedera.platform.readers.people import find_person_with
        from foedera.platform.reminders.colleagues import find_colleagues_with

        from .queries import actor_of_duty, actor_of_secret, colleagues, opened_keys, person_of_login
        from .readers import readers, seats
        from .signing_in import actor_of_request

        register(Entry(90, _("People"), "accounts:people", "people", lambda actor: actor.role == Role.ADMINISTRATOR))
        watching = (Role.ADMINISTRATOR, Role.AUDITOR, Role.COORDINATOR)
        register(Entry(95, _("Access"), "accounts:administrators", "eye", lambda actor: actor.role in watching))
        find_actor_with(actor_of_request)
        find_opened_with(opened_keys)
        find_tokens_with(actor_of_secret)
        find_actor_of_duty_with(actor_of_duty)
        find_readers_with(readers)
        find_seats_with(seats)
        find_colleagues_with(colleagues)
        find_person_with(person_of_login)
