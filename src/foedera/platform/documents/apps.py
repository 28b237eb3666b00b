"""The documents part of the platform as a Django app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "foedera.platform.documents"
    label = "platform_documents"
