"""Every page is for everyone: nothing for axe to find in both languages and themes, no sideways scrolling at 320 pixels."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from .conftest import Opener

pytestmark = pytest.mark.browser

PAGES = (
    "/agreements/?q=kind:agreement+-state:signed&group=kind",
    "/agreements/?q=kind:nothing",
    "/lists/agreements/views/",
    "/exports/",
    "/exports/schedules/new/?kind=agreements",
    "/",
    "/search/?q=соглашение",
    "/agreements/",
    "/agreements/?status=expired&q=соглашение",
    "/agreements/?as_of=2003-06-01",
    "/agreements/new/",
    "/agreements/AG-000005/",
    "/agreements/AG-000005/texts/",
    "/agreements/AG-000005/parties/",
    "/agreements/AG-000005/links/",
    "/agreements/AG-000005/timeline/",
    "/agreements/AG-000005/change/",
    "/agreements/AG-000005/step/notify_signature/",
    "/agreements/AG-999999/",
    "/ties/",
    "/ties/TI-000001/",
    "/ties/new/",
    "/review/",
    "/review/steps/",
    "/review/sessions/",
    "/review/sessions/new/",
    "/coverage/",
    "/coverage/region/RU-TAM/",
    "/coverage/partner/BY/",
    "/directory/",
    "/directory/bodies/BD-000001/",
    "/directory/bodies/new/",
    "/directory/responsible/?territory=RU-TAM",
    "/directory/uncovered/",
    "/directory/jurisdictions/",
    "/directory/contacts/",
    "/directory/precedence/",
    "/directory/world/",
    "/directory/missions/",
    "/directory/territories/",
    "/directory/territories/RU-TAM/",
    "/directory/territories/RU-X-CR/",
    "/formats/",
    "/formats/FM-000001/",
    "/import/",
    "/account/",
    "/account/lend/",
    "/account/sessions/",
    "/account/readings/",
    "/account/readings/new/",
    "/account/service-tokens/",
    "/account/administrators/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/notes/",
    "/notes/on/agreements/AG-000005/",
    "/following/",
    "/reminders/",
    "/reminders/on/agreements/AG-000005/",
    "/notices/",
    "/notices/settings/",
    "/notices/calendar/",
    "/proposals/",
    "/proposals/?show=all",
    "/api/v1/docs",
)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
# Blocks that scroll by themselves, as tables do, may be wider than the page.
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
WHAT_IS_WIDE = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .slice(0, 5).map(e => e.tagName + '.' + e.className)"""


def axe(page: Page, script: str) -> list[str]:
    """What axe finds on the page: rule, where, why."""
    page.evaluate(script)
    found: dict[str, Any] = page.evaluate(RUN, TAGS)
    return [
        f"{v['id']} ({v['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for v in found["violations"]
        for node in v["nodes"][:3]
    ]


def choose(page: Page, language: str, theme: str) -> None:
    """Set the reader's choices as their forms do."""
    page.goto("/account/")
    # Each form leads to a page of its own accord: the next address must not cut it off.
    with page.expect_navigation():
        page.locator(f"button[name=language][value={language}]").click()
    with page.expect_navigation():
        page.locator("form[action*=theme]").evaluate(
            "(form, theme) => { const b = form.querySelector(`[value=${theme}]`); form.requestSubmit(b) }", theme
        )


# Colours do not depend on the language nor words on the theme, so two rounds see all of both.
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ru", "dark")])
def test_axe_finds_nothing_on_any_page(opened: Opener, axe_script: str, language: str, theme: str) -> None:
    page = opened("coordinator", reduced_motion="reduce")
    choose(page, language, theme)
    found = []
    for path in PAGES:
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language, path
        found += [f"{path}: {fault}" for fault in axe(page, axe_script)]
    assert not found, f"{len(found)} faults\n" + "\n".join(found)


def test_axe_finds_nothing_on_the_pages_of_signing_in(opened: Opener, axe_script: str) -> None:
    page = opened()
    found = []
    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/", "/agreements/"):
        page.goto(path)
        found += [f"{path}: {fault}" for fault in axe(page, axe_script)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_page_scrolls_sideways_at_320_pixels(opened: Opener, language: str) -> None:
    page = opened("coordinator", viewport={"width": 320, "height": 640})
    choose(page, language, "light")
    wide = []
    for path in PAGES:
        page.goto(path)
        if page.evaluate(TOO_WIDE) > 0:
            wide.append(f"{path}: {page.evaluate(WHAT_IS_WIDE)}")
    assert not wide, "\n".join(wide)


def test_the_keyboard_reaches_the_content_first(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
