"""The api part of the platform as a Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "foedera.platform.api"
    label = "platform_api"
