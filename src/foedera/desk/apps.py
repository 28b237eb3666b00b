"""The desk as a Django app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "foedera.desk"
    label = "desk"
