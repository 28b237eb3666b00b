"""The actions part of the platform as a Django app."""

from django.apps import AppConfig


class ActionsConfig(AppConfig):
    name = "foedera.platform.actions"
    label = "platform_actions"
