"""One register with the demonstration for all journeys, and a browser for each role."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ..serving import PASSWORD, served

PATIENCE = 20_000  # milliseconds until a page that does not come is a failure
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Address of the register: the one that FOEDERA_JOURNEYS_AT names (it is written to), else one started for this run."""
    named = os.environ.get("FOEDERA_JOURNEYS_AT")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="foedera-journeys-"))
    folder.chmod(0o711)
    try:
        with served("demo", "RU", "--data", str(folder / "data")) as server:
            yield server.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sign_in(page: Page, login: str) -> None:
    """Sign in as a person types it."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(lambda address: "/accounts/login/" not in address)


Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def signed_in_states(browser: Browser, base_url: str) -> dict[str, Any]:
    """Cookies of everybody who has signed in, by login; filled as they are needed."""
    return {}


@pytest.fixture
def opened(browser: Browser, base_url: str, signed_in_states: dict[str, Any]) -> Iterator[Opener]:
    """Opens a browser of somebody's: opened("coordinator"), with options of Playwright's contexts. Empty: nobody signed in."""
    contexts: list[BrowserContext] = []

    def open_for(login: str = "", **options: Any) -> Page:
        if login and login not in signed_in_states:
            fresh = browser.new_context(base_url=base_url)
            fresh.set_default_timeout(PATIENCE)
            sign_in(fresh.new_page(), login)
            signed_in_states[login] = fresh.storage_state()
            fresh.close()
        context = browser.new_context(base_url=base_url, storage_state=signed_in_states.get(login), **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: page_errors.append(f"{page.url}: {error}"))
        page.on("console", lambda m: page_errors.append(f"{page.url}: {m.text}") if is_refused(m.text) else None)
        return page

    page_errors: list[str] = []
    yield open_for
    for context in contexts:
        context.close()
    assert not page_errors, "\n".join(page_errors)


def is_refused(text: str) -> bool:
    """Whether the browser says that the Content-Security-Policy stopped something."""
    return "Content Security Policy" in text or "Content-Security-Policy" in text
