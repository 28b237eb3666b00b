"""Daily work on lists by keyboard and mouse: queries with completion, views, groups, values with counts, exports in the background."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import expect

from .conftest import Opener

pytestmark = pytest.mark.browser


def test_a_query_is_written_with_the_keyboard_alone(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/")
    box = page.get_by_role("combobox", name="Search this list")
    box.focus()
    box.press_sequentially("stat")
    listbox = page.get_by_role("listbox", name="What may come next")
    expect(listbox.get_by_role("option").first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "list-search-option-1")
    box.press("Escape")
    expect(listbox).to_be_hidden()
    box.fill("")
    box.press_sequentially("partner:Belar")
    expect(listbox.get_by_role("option")).to_have_count(1)
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("partner:BY ")
    box.press_sequentially("kind:agree")
    expect(listbox.get_by_role("option").first).to_contain_text("agreement")
    box.press("ArrowDown")
    box.press("Tab")
    expect(box).to_have_value(re.compile("^partner:BY kind:agreement"))
    box.press("Enter")
    expect(page.locator(".filter")).to_have_count(2)
    expect(page).to_have_url(re.compile("q=partner"))
    assert "at=" not in page.url


def test_a_fault_in_a_query_is_shown_at_its_place_without_losing_it(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/")
    box = page.get_by_role("combobox", name="Search this list")
    box.fill("kind:agrement trade")
    box.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Did you mean")).to_be_visible()
    expect(page.locator(".query-fault mark")).to_have_text("agrement")
    expect(page.get_by_role("combobox", name="Search this list")).to_have_value("kind:agrement trade")
    expect(page.get_by_role("combobox", name="Search this list")).to_have_attribute("aria-invalid", "true")


def test_a_view_is_kept_opened_grouped_and_deleted(opened: Opener) -> None:
    page = opened("coordinator")
    name = f"Kept {uuid.uuid4().hex[:8]}"
    page.goto("/agreements/?kind=agreement&group=state")
    expect(page.locator("details.row-group").first).to_have_attribute("open", "")
    page.locator("summary", has_text="Save this view").click()
    page.get_by_label("Name of the view").fill(name)
    page.locator(".views form button", has_text="Save").click()
    page.wait_for_url(re.compile(r"view=\d+"))
    tab = page.get_by_role("link", name=name)
    expect(tab).to_have_attribute("aria-current", "page")
    groups = page.locator("details.row-group")
    if groups.count() > 1:
        groups.nth(1).locator("summary").click()
        expect(groups.nth(1).locator("table.records tbody tr").first).to_be_visible()
    page.get_by_text("This view", exact=True).click()
    page.get_by_role("link", name="Delete the view").click()
    page.locator("main form .form-end button").first.click()
    page.wait_for_url(re.compile("view=all"))
    expect(page.get_by_role("link", name=name)).to_have_count(0)


def test_values_with_counts_stand_beside_the_list_and_stay_open(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/")
    page.locator(".facets-beside summary").first.click()
    panel = page.locator(".facet-panel")
    expect(panel.locator(".facet-count").first).to_be_visible()
    panel.get_by_role("link").first.click()
    expect(page.locator(".filter")).to_have_count(1)
    expect(page.locator(".facet-panel .facet-count").first).to_be_visible()
    page.locator("summary", has_text="Rows").click()
    page.get_by_role("button", name="Dense").click()
    expect(page.locator("html")).to_have_attribute("data-density", "dense")


def test_an_export_is_written_in_the_background_and_fetched(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/?kind=agreement&columns=number,title")
    page.locator("summary", has_text="Export").click()
    page.locator(".menu-panel button", has_text="JSON Lines").click()
    page.wait_for_url(re.compile(r"/exports/\d+/$"))
    link = page.get_by_role("link", name=re.compile("^Download"))
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as fetched:
        link.click()
    assert fetched.value.suggested_filename.endswith(".jsonl")
    assert fetched.value.path().read_text(encoding="utf-8").startswith('{"number":"AG-')
    page.get_by_role("link", name="Repeat this export").click()
    page.get_by_label("At which hour").fill("7")
    page.locator("main form .form-end button").first.click()
    page.wait_for_url(re.compile(r"/exports/schedules/\d+/$"))
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile(r"/exports/$"))
