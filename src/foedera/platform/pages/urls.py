"""Addresses of the reader's choices: language, theme and height of rows."""

from django.urls import path
from django.views.i18n import set_language

from foedera.platform.pages.views import choose_density, choose_theme

app_name = "pages"
urlpatterns = [
    path("language/", set_language, name="language"),
    path("theme/", choose_theme, name="theme"),
    path("density/", choose_density, name="density"),
]
