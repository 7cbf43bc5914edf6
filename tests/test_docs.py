"""The pages tell what is true."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_variable_of_the_settings_stands_in_the_table():
    config = ROOT / "degreetrack" / "config"
    settings = "".join(
        (config / name).read_text(encoding="utf-8")
        for name in ("settings.py", "carriers.py", "stores.py", "environment.py")
    )
    read = set(
        re.findall(
            r'(?:text|switch|number|names|networks|hours|fields|pattern|one_of)\(\s*"([A-Z_]+)"', settings
        )
    )
    told = set(
        re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.M)
    )

    assert told == read


def test_every_link_of_the_pages_leads_somewhere():
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
