"""An officer's work from sign-in to protocol."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from .conftest import Opener, sign_in

pytestmark = pytest.mark.browser


def make_agreement(page: Page, title: str, **more: str) -> str:
    """Create an agreement by its form; returns its number."""
    page.goto("/agreements/new/")
    fill_agreement(page, title, **more)
    page.locator("main form button[type=submit], main form .form-end button").first.click()
    page.wait_for_url(re.compile(r"/agreements/AG-\d+/$"))
    return page.url.rstrip("/").rpartition("/")[2]


def fill_agreement(page: Page, title: str, **more: str) -> None:
    page.locator("[name=title]").fill(title)
    page.locator("[name=parties-0-territory]").fill("RU-TAM")
    page.locator("[name=parties-1-territory]").fill("BY")
    for name, value in more.items():
        page.locator(f"[name={name}]").fill(value)


def submit(page: Page) -> None:
    page.locator("main form .form-end button").first.click()


def test_signing_in_finding_and_reading_an_agreement(opened: Opener) -> None:
    page = opened()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill("coordinator")
    page.locator("[name=password]").fill("not the password")
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text(re.compile("not correct|incorrect", re.IGNORECASE))
    sign_in(page, "coordinator")
    expect(page.get_by_role("heading", level=1)).to_have_text("Desk")

    page.get_by_role("link", name="Agreements", exact=True).first.click()
    search = page.get_by_role("combobox", name="Search this list")
    search.fill("Киргизской")
    search.press("Enter")
    expect(page.get_by_text("remove this filter").first).to_be_attached()
    expect(page).to_have_url(re.compile("q="))
    page.locator("tbody tr", has_text="Киргизской").locator("a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Киргизской")
    expect(page.get_by_role("heading", name="How the status follows from the facts")).to_be_visible()
    page.get_by_role("link", name="Texts").click()
    expect(page.get_by_role("table", name="Versions of the text")).to_be_visible()
    page.get_by_role("link", name="Timeline").click()
    expect(page.locator("main")).to_contain_text("Demonstration")


def test_the_address_holds_the_whole_view(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/?status=expired&sort=title&columns=number,title,signed_on")
    titles = page.locator("tbody tr").all_inner_texts()
    expect(page.locator("thead th:not(.select)")).to_have_text(["Number", "Title", "Signed"])
    again = opened("coordinator")
    again.goto(page.url)
    assert again.locator("tbody tr").all_inner_texts() == titles


def test_what_was_typed_stays_when_the_form_is_refused(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/new/")
    fill_agreement(page, "Synthetic agreement with a fault", signed_on="2023-02-30", note="A long note that took time")
    submit(page)
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.locator("[name=signed_on]")).to_have_value("2023-02-30")
    expect(page.locator("[name=signed_on]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=note]")).to_have_value("A long note that took time")
    expect(page.locator("[name=parties-1-territory]")).to_have_value("BY")
    page.locator("[name=signed_on]").fill("March 2023")
    submit(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Synthetic agreement with a fault")
    expect(page.locator("main")).to_contain_text("Mar 2023")


def test_two_people_change_the_same_agreement(opened: Opener) -> None:
    first = opened("coordinator")
    number = make_agreement(first, "Synthetic agreement that two change")
    first.goto(f"/agreements/{number}/change/")
    second = opened("legal")
    second.goto(f"/agreements/{number}/change/")
    second.locator("[name=note]").fill("What the other wrote")
    submit(second)
    second.wait_for_url(f"**/agreements/{number}/")

    first.locator("[name=note]").fill("What I wrote")
    first.locator("[name=coordinator]").fill("Synthetic coordinator of mine")
    submit(first)
    expect(first.locator("main")).to_contain_text("What the other wrote")
    expect(first.locator("main")).to_contain_text("Synthetic legal")
    assert first.get_by_text("What I wrote").count() or first.locator("[name=note]").input_value() == "What I wrote"
    first.locator("input[name=choose_note][value=theirs]").check()
    submit(first)
    first.wait_for_url(f"**/agreements/{number}/")
    expect(first.locator("main")).to_contain_text("What the other wrote")
    expect(first.locator("main")).to_contain_text("Synthetic coordinator of mine")
    first.goto(f"/agreements/{number}/timeline/")
    expect(first.locator("main")).to_contain_text("Synthetic legal")


def take_step(page: Page, label: str, **values: str) -> None:
    page.get_by_role("link", name=label, exact=True).first.click()
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    submit(page)
    page.wait_for_url(re.compile(r"/agreements/AG-\d+/$"))


def test_the_procedure_from_an_idea_to_registration(opened: Opener) -> None:
    page = opened("coordinator")
    number = make_agreement(page, "Synthetic agreement through all gates")
    page.locator("summary", has_text="More").first.click()
    register = page.locator("main [aria-disabled=true]", has_text="Register").or_(
        page.locator("main button[disabled]", has_text="Register")
    )
    expect(register.first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Not from the state")

    take_step(page, "Notify the intent", intent_notified_on="2026-01-12")
    office = opened("auditor")
    office.goto(f"/agreements/{number}/")
    office.locator("summary", has_text="More").first.click()
    expect(office.locator("main")).to_contain_text("Your role does not include this step")

    take_step(page, "Clear the intent", intent_cleared_on="2026-01-30")
    take_step(page, "Start drafting")
    take_step(page, "Submit the text for clearance", submitted_on="2026-02-10")
    take_step(page, "Clear the text", cleared_on="2026-02-20")
    take_step(page, "Record the signature", signed_on="2026-03-12")
    take_step(page, "Notify the signature", notified_on="2026-03-14")
    take_step(page, "Register", registered_on="2026-03-20", register_number="RR-1")
    expect(page.locator("main")).to_contain_text("Registered")
    page.get_by_role("link", name="Timeline").click()
    for word in ("Notify the intent", "Clear the text", "Record the signature", "Register"):
        expect(page.locator("main")).to_contain_text(word)


def test_a_finding_is_decided_and_the_session_ends_in_a_protocol(opened: Opener, tmp_path: Path) -> None:
    page = opened("coordinator")
    page.goto("/review/sessions/new/")
    title = f"Sitting {uuid.uuid4().hex[:6]}"
    page.get_by_label("Title").fill(title)
    submit(page)
    page.wait_for_url(re.compile(r"/review/sessions/RV-\d+/"))
    session = page.url
    item = page.locator("main li", has=page.locator("summary", has_text="Decide")).first
    number = item.get_by_role("link", name=re.compile(r"^AG-\d+$")).first.inner_text().strip()
    item.locator("summary", has_text="Decide").first.click()
    item.get_by_label("Keep").check()
    item.locator("[name=reason]").fill("It is needed for the joint laboratory")
    # The page says "decided" of others already: wait for the answer to this decision.
    with page.expect_response(lambda response: response.request.method == "POST" and response.status < 400):
        item.locator("form button").first.click()
    expect(page.locator("body")).to_contain_text(re.compile("[Dd]ecided"))

    for kind in ("xlsx", "pdf"):
        with page.expect_download() as waiting:
            page.evaluate("address => { location.href = address }", f"{session.rstrip('/')}/protocol.{kind}")
        file = tmp_path / f"protocol.{kind}"
        waiting.value.save_as(file)
        if kind == "pdf":
            reader = PdfReader(file)
            words = " ".join("\n".join(p.extract_text() for p in reader.pages).split())
            assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]  # a tagged document has both
        else:
            book = CalamineWorkbook.from_path(file)
            words = " ".join(str(c) for s in book.sheet_names for r in book.get_sheet_by_name(s).to_python() for c in r)
        assert title in words
        assert number in words
        assert "It is needed for the joint laboratory" in words


def test_the_map_of_coverage_and_its_table(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/coverage/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main svg").first).to_be_visible()
    page.goto("/coverage/region/RU-TAM/")
    expect(page.locator("main")).to_contain_text("Tambov")
    expect(page.locator("main svg path").first).to_be_attached()
    expect(page.locator("main table").first).to_be_attached()


def test_importing_a_list_with_faulty_rows(opened: Opener, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex[:8]
    file = tmp_path / f"list-{mark}.csv"
    file.write_text(
        "source_key,title,signed_on\n"
        f"{mark}:1,Imported agreement {mark} one,1954-03\n"
        f"{mark}:2,Imported agreement {mark} two,2023-02-30\n"
        f"{mark}:3,Imported agreement {mark} three,1954\n",
        encoding="utf-8",
    )
    page = opened("coordinator")
    page.goto("/import/?kind=agreements")
    page.locator("select[name=kind]").select_option("agreements")
    page.locator("input[type=file]").set_input_files(file)
    submit(page)
    page.wait_for_url(re.compile(r"/import/\d+/columns/"))
    expect(page.locator("main")).to_contain_text(f"Imported agreement {mark} one")
    submit(page)
    page.wait_for_url(re.compile(r"/import/\d+/$"))
    expect(page.locator("main")).to_contain_text("2023-02-30", timeout=40_000)
    page.goto(f"/agreements/?q={mark}")
    expect(page.locator("tbody tr")).to_have_count(0)
    page.go_back()
    page.get_by_role("button", name=re.compile("^Import")).first.click()
    expect(page.locator("main")).to_contain_text(re.compile("Done|Imported"), timeout=40_000)
    page.goto(f"/agreements/?q={mark}")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_looking_at_the_past_changes_the_frame_and_stops_all_writing(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/")
    present = page.locator("header.top").evaluate("e => getComputedStyle(e).backgroundColor")
    page.locator("details.menu.scope-part summary").click()
    page.locator("input[name=as_of]").fill("2003-06-01")
    page.get_by_role("button", name="Look").click()
    expect(page).to_have_url(re.compile("as_of=2003-06-01"))
    expect(page.locator(".past-banner")).to_contain_text("1 June 2003")
    past = page.locator("header.top").evaluate("e => getComputedStyle(e).backgroundColor")
    body = page.locator("body").get_attribute("class") or ""
    assert "past" in body
    assert past != present
    page.locator("tbody tr a").first.click()
    expect(page.locator(".past-banner")).to_be_visible()
    assert page.locator("main .head-steps a[href*='/step/']").count() == 0
    page.get_by_role("link", name="Return to today").click()
    expect(page.locator(".past-banner")).to_have_count(0)


def test_language_and_theme_are_chosen_and_stay(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/agreements/")
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_role("heading", level=1)).to_have_text("Соглашения")
    page.locator("summary[aria-label='Оформление']").click()
    page.locator("button[name=theme][value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto("/ties/")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_palette_by_keyboard(opened: Opener) -> None:
    page = opened("coordinator")
    page.goto("/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.type("Coverage")
    # One answer is left once the whole word was looked up; before that the list is that of its first letters.
    expect(page.locator("#palette-list [role=option]")).to_have_count(1)
    expect(page.locator("#palette-list [role=option]").first).to_contain_text("Coverage")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/coverage/")
    page.keyboard.press("Control+k")
    page.keyboard.type("AG-000005")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text("AG-000005")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()


def test_everything_works_without_javascript(opened: Opener) -> None:
    page = opened("coordinator", java_script_enabled=False)
    page.goto("/agreements/?status=expired")
    page.locator("tbody tr a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="Timeline").click()
    expect(page.locator("main")).to_contain_text("Demonstration")
    page.goto("/agreements/new/")
    fill_agreement(page, "", signed_on="yesterday")
    page.locator("[name=title]").fill("Synthetic agreement without a script")
    submit(page)
    expect(page.locator("[name=signed_on]")).to_have_value("yesterday")
    page.locator("[name=signed_on]").fill("1954")
    submit(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Synthetic agreement without a script")


def test_the_public_sees_the_public_register_alone(opened: Opener) -> None:
    page = opened()
    page.goto("/agreements/")
    expect(page.locator("tbody tr").first).to_be_visible()
    page.locator("tbody tr a").first.click()
    assert page.get_by_role("link", name="Timeline").count() == 0
    page.goto("/review/")
    page.wait_for_url(re.compile("/accounts/login/"))
