"""Signing in with codes and passkeys, an administrator's session, a proposed change: as people do them."""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
import time
from base64 import b32decode

import pytest
from playwright.sync_api import Page, expect

from tests.serving import PASSWORD

from .conftest import Opener, sign_in
from .test_everyone import axe
from .test_journeys import make_agreement, submit

pytestmark = pytest.mark.browser


def code_of(secret: str) -> str:
    """What an app shows now for a secret (RFC 6238)."""
    counted = hmac.new(b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    place = counted[-1] & 15
    return f"{(struct.unpack('>I', counted[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def confirm(page: Page) -> None:
    """Give the password again where it is asked for."""
    if "/reauthenticate/" in page.url:
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form button").first.click()
        page.wait_for_url(re.compile(r"^((?!/reauthenticate/).)*$"))


def test_a_code_of_an_app_is_asked_for_at_sign_in(opened: Opener, axe_script: str) -> None:
    page = opened()
    sign_in(page, "mission")
    page.goto("/accounts/2fa/totp/activate/")
    confirm(page)
    assert axe(page, axe_script) == []
    secret = page.locator("#authenticator_secret").inner_text()
    page.locator("[name=code]").fill(code_of(secret))
    page.locator("main form button").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    code = page.locator(".codes code").first.inner_text()
    assert axe(page, axe_script) == []
    try:
        again = opened()
        again.goto("/accounts/login/")
        again.locator("[name=login]").fill("mission")
        again.locator("[name=password]").fill(PASSWORD)
        again.locator("main form button").first.click()
        expect(again.get_by_role("heading", level=1)).to_have_text("Second factor")
        assert axe(again, axe_script) == []
        again.locator("[name=code]").fill(code)
        again.locator("main form button").first.click()
        expect(again.get_by_role("heading", level=1)).to_have_text("Desk")
    finally:
        page.goto("/accounts/2fa/totp/deactivate/")
        confirm(page)
        page.locator("main form button").first.click()
        expect(page.locator("main")).to_contain_text("No app is set up.")


def test_a_passkey_lets_in_without_a_password(opened: Opener, base_url: str, axe_script: str) -> None:
    # A passkey belongs to a name; browsers know none at a bare address.
    here = base_url.replace("127.0.0.1", "localhost")
    page = opened()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{here}/accounts/login/")
    page.locator("[name=login]").fill("auditor")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Desk")
    page.goto(f"{here}/accounts/2fa/webauthn/add/")
    confirm(page)
    assert axe(page, axe_script) == []
    page.locator("[name=name]").fill("The laptop")
    page.locator("#mfa_webauthn_add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.locator("summary.person").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{here}/accounts/login/")
    page.locator("#passkey_login").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Desk")
    expect(page.locator("summary.person")).to_contain_text("Synthetic auditor")
    page.goto(f"{here}/accounts/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("The laptop")
    assert axe(page, axe_script) == []
    page.get_by_role("link", name="Remove").click()
    confirm(page)
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text("No key is known.")


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ru", "dark")])
def test_an_administrators_session_is_switched_on_seen_and_switched_off(
    opened: Opener, axe_script: str, language: str, theme: str
) -> None:
    page = opened("administrator", locale=language, color_scheme=theme)
    page.goto("/account/")
    page.locator(f"button[name=language][value={language}]").click()
    expect(page.locator(".past-banner")).to_be_visible()
    page.goto("/account/people/")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile("People|Сотрудники"))
    page.goto("/account/switch-on/?next=/account/people/")
    assert axe(page, axe_script) == []
    page.locator("[name=reason]").fill("Accounts of new colleagues")
    page.locator("[name=minutes]").fill("5")
    page.locator("[name=proof]").fill(PASSWORD)
    submit(page)
    page.wait_for_url("**/account/people/")
    expect(page.locator(".elevated-banner [data-until]")).to_have_text(re.compile(r"[45]:\d\d"))
    assert axe(page, axe_script) == []
    for address in ("/account/administrators/", "/account/service-tokens/", "/account/people/new/"):
        page.goto(address)
        assert axe(page, axe_script) == [], address
    page.goto("/account/administrators/")
    page.locator("tbody a").first.click()
    expect(page.locator("main")).to_contain_text("/account/people/")
    assert axe(page, axe_script) == []
    page.locator(".elevated-banner button").click()
    expect(page.locator(".elevated-banner")).to_have_count(0)
    page.goto("/account/people/")
    expect(page.locator("main")).not_to_contain_text("coordinator")


def test_a_change_is_proposed_and_accepted(opened: Opener, axe_script: str) -> None:
    centre = opened("coordinator")
    centre.goto("/agreements/new/")
    number = make_agreement(centre, "Synthetic agreement on forests and rivers")
    centre.goto(f"/agreements/{number}/change/")
    centre.locator("[name=publicity]").select_option("public")
    submit(centre)
    centre.wait_for_url(re.compile(rf"/agreements/{number}/$"))
    page = opened("mission")
    page.goto(f"/agreements/{number}/")
    page.goto(f"/proposals/new/agreements/{number}/")
    assert axe(page, axe_script) == []
    page.locator("[name=title]").fill("Synthetic agreement on forests and lakes")
    page.locator("[name=reason]").fill("The paper says lakes")
    submit(page)
    page.wait_for_url(re.compile(r"/proposals/PR-\d+/$"))
    expect(page.locator("main")).to_contain_text("Waits for a decision")
    proposal = page.url.rstrip("/").rpartition("/")[2]
    centre.goto("/proposals/")
    assert axe(centre, axe_script) == []
    centre.get_by_role("link", name=proposal).click()
    expect(centre.locator("main")).to_contain_text("Synthetic agreement on forests and lakes")
    assert axe(centre, axe_script) == []
    centre.get_by_role("link", name="Accept").click()
    assert axe(centre, axe_script) == []
    submit(centre)
    expect(centre.locator("main")).to_contain_text("Accepted")
    page.reload()
    expect(page.locator("main")).to_contain_text("Accepted")
    page.goto(f"/agreements/{number}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Synthetic agreement on forests and lakes")
