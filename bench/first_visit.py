"""A cold first visit: the first page and everything it loads, in requests and bytes on the wire.

`python -m bench.first_visit`: in both languages, as Chromium counts it; what it takes from its own
cache, as the crest a second time for the tab, is no request.
"""

from typing import Any

from playwright.sync_api import sync_playwright

from bench.lines import tell
from bench.serving import served


def main() -> None:
    """Print each and tell bar 3."""
    heaviest, most = 0.0, 0
    with served() as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        print("| first visit | requests | KB |\n|---|---|---|")
        for language in ("en", "ur"):
            sizes: list[float] = []

            def count(message: dict[str, Any], kept: list[float] = sizes) -> None:
                if message["encodedDataLength"]:
                    kept.append(message["encodedDataLength"] / 1024)

            page = browser.new_context(locale=language).new_page()
            link = page.context.new_cdp_session(page)
            link.send("Network.enable")
            link.on("Network.loadingFinished", count)
            page.goto(f"http://127.0.0.1:{server.port}/", wait_until="networkidle")
            page.wait_for_timeout(500)
            print(f"| {language} | {len(sizes)} | {sum(sizes):.1f} |")
            heaviest, most = max(heaviest, sum(sizes)), max(most, len(sizes))
            page.context.close()
        browser.close()
    tell(3, "cold first visit, on the wire", heaviest, "KB", "<= 14", heaviest <= 14)
    tell(3, "requests of a cold first visit", most, "requests", "<= 3", most <= 3)


if __name__ == "__main__":
    main()
