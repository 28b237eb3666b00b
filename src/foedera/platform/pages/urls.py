"""Addresses of the reader's choices: language and theme."""

from django.urls import path
from django.views.i18n import set_language

from foedera.platform.pages.views import choose_theme

app_name = "pages"
urlpatterns = [
    path("language/", set_language, name="language"),
    path("theme/", choose_theme, name="theme"),
]
