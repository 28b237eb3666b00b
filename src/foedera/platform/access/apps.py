"""The access part of the platform as a Django app: the fences are put into the database after every migration."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "foedera.platform.access"
    label = "platform_access"

    def ready(self) -> None:
        from .installing import install_after_migrate

        # After the last app, for the triggers of all the others have to be there.
        last = [app for app in apps.get_app_configs() if app.models_module is not None][-1]
        post_migrate.connect(install_after_migrate, sender=last, dispatch_uid="fences")
