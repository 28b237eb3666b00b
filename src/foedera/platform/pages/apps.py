"""Registers templates, template tags, static files and translations of the pages."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "foedera.platform.pages"
    label = "pages"
