"""The directory as a Django app: it tells the platform what a body covers."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "foedera.directory"
    label = "directory"

    def ready(self) -> None:
        from foedera.platform.access.actors import resolve_territories_with

        from . import access, actions, lists, loading  # noqa: F401 - registers policies, actions and record types
        from .queries import territories_of_body

        resolve_territories_with(territories_of_body)
