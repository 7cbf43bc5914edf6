"""The page on security names only what there is."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_file_that_the_page_names_is_there():
    named = re.findall(
        r"`((?:degreetrack|tests|audits|bench|deploy|drills|templates|static|requirements)/[\w./-]+)", PAGE
    )

    assert len(named) > 80
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_test_that_the_page_names_is_there():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    named += [("tests/web/test_guesses.py", name) for name in re.findall(r"\| `(test_\w+)` \|", PAGE)]

    assert len(named) > 20
    for file, name in named:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), name


def test_no_requirement_stands_in_two_rows():
    rows = [line.split("|")[1] for line in PAGE.splitlines() if re.match(r"\| \d+\.", line)]
    numbers = [number for row in rows for number in re.findall(r"\b\d+\.\d+\.\d+\b", row)]

    assert sorted(numbers) == sorted(set(numbers))
