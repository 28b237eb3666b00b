"""The access part of the platform as a Django app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "foedera.platform.access"
    label = "platform_access"
