"""What must hold of the institution's settings, whether they come from its files or from a page."""

import re
from typing import Any

from django.utils.translation import gettext as _


def pattern(text: str) -> str:
    """Why a regular expression is none; empty where it is one."""
    try:
        re.compile(text)
    except re.error as error:
        return _("is no regular expression: %(why)s") % {"why": error}
    return ""


def intake_pattern(text: str) -> str:
    """Why the year of intake could not be read by it."""
    if why := pattern(text):
        return why
    return "" if re.compile(text).groups else _("must hold the year in its first group")


def reminder_days(days: Any) -> str:
    """Why these are no days to remind on."""
    if not isinstance(days, list) or not all(type(day) is int and 0 < day <= 365 for day in days):
        return _("must be whole numbers from 1 to 365")
    return ""


def weekend(days: Any) -> str:
    """Why these are no days of rest; a week without a working day would let no limit end."""
    whole = isinstance(days, list) and all(type(day) is int and 0 <= day <= 6 for day in days)
    if not whole or len(set(days)) > 6:
        return _("must be days from 0 (Monday) to 6 (Sunday), and leave a day to work on")
    return ""


def drawing(text: str) -> str:
    """Why a text is no plain picture."""
    if not text.lstrip().startswith("<svg") or "<script" in text.lower():
        return _("must be a plain SVG picture without scripts")
    return ""
