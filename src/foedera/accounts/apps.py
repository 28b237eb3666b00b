"""Accounts as a Django app: they tell the platform who asks."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "foedera.accounts"
    label = "accounts"

    def ready(self) -> None:
        from foedera.platform.access.middleware import find_actor_with
        from foedera.platform.api.authenticating import find_tokens_with

        from .queries import actor_of_secret
        from .signing_in import actor_of_request

        find_actor_with(actor_of_request)
        find_tokens_with(actor_of_secret)
