"""Addresses of one's own account and of access; sign-in itself is allauth's."""

from django.urls import path

from .views import delegating, elevating, opening, own, people, service_tokens, sessions

app_name = "accounts"
urlpatterns = [
    path("", own.account, name="account"),
    path("tokens/<int:key>/revoke/", own.revoke, name="revoke_token"),
    path("lend/", delegating.lend, name="lend"),
    path("lend/<int:key>/take-back/", delegating.take_back, name="take_back"),
    path("service-tokens/", service_tokens.tokens_page, name="service_tokens"),
    path("service-tokens/<int:key>/revoke/", service_tokens.revoke_page, name="revoke_service_token"),
    path("readings/", opening.readings_page, name="readings"),
    path("readings/new/", opening.open_page, name="open_reading"),
    path("readings/<int:key>/close/", opening.close_page, name="close_reading"),
    path("switch-on/", elevating.switch_on_page, name="switch_on"),
    path("switch-off/", elevating.switch_off, name="switch_off"),
    path("administrators/", elevating.administrators, name="administrators"),
    path("administrators/<int:key>/", elevating.administrator, name="administrator"),
    path("second-factor/", elevating.second_factor_page, name="second_factor"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/<int:key>/end/", sessions.end_one, name="end_session"),
    path("sessions/end-others/", sessions.end_others, name="end_other_sessions"),
    path("people/", people.people_list, name="people"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/<int:key>/", people.person_record, name="person"),
    path("people/<int:key>/role/", people.duty_give, name="duty_give"),
    path("people/<int:key>/role/<int:duty>/end/", people.duty_end, name="duty_end"),
    path("people/<int:key>/password/", people.person_password, name="person_password"),
    path("people/<int:key>/identity/", people.person_identity, name="person_identity"),
    path("people/<int:key>/sessions/", sessions.sessions_of_person, name="person_sessions"),
    path("people/<int:key>/sessions/<int:session>/end/", sessions.end_one_of_person, name="person_end_session"),
    path("people/<int:key>/active/", people.person_active, name="person_active"),
    path("switch/", own.switch_duty, name="switch_duty"),
]
