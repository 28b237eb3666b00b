"""Makes the pictures of the README from the demonstration, with Debian's Chromium.

    ./foedera demo RU --data DIR          (in another terminal)
    .venv/bin/python scripts/screenshots.py [http://127.0.0.1:8000]

Needs the tools of the tests (`./foedera test` installs them).
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
LOGIN, PASSWORD = "coordinator", "seven hills and a river"
PICTURES = {
    "review": "/review/",
    "agreement": "/agreements/AG-000005/",
    "coverage": "/coverage/",
}


def main(address: str) -> None:
    """Sign in, open each page, keep what the first screen shows."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 820})
        page.goto(f"{address}/accounts/login/")
        page.fill("input[name=login]", LOGIN)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_load_state("networkidle")
        for name, path in PICTURES.items():
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=str(FOLDER / f"{name}.png"))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
