"""The register of agreements as a Django app."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "foedera.agreements"
    label = "agreements"

    def ready(self) -> None:
        from . import access, actions, lists  # noqa: F401 - registers policies, actions and record types
