"""The records part of the platform as a Django app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "foedera.platform.records"
    label = "platform_records"
