"""Addresses of one's own account; sign-in itself is allauth's."""

from django.urls import path

from . import people, views

app_name = "accounts"
urlpatterns = [
    path("", views.account, name="account"),
    path("tokens/<int:key>/revoke/", views.revoke, name="revoke_token"),
    path("people/", people.people_list, name="people"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/<int:key>/", people.person_record, name="person"),
    path("people/<int:key>/role/", people.duty_give, name="duty_give"),
    path("people/<int:key>/role/<int:duty>/end/", people.duty_end, name="duty_end"),
    path("people/<int:key>/password/", people.person_password, name="person_password"),
    path("people/<int:key>/active/", people.person_active, name="person_active"),
    path("switch/", views.switch_duty, name="switch_duty"),
]
