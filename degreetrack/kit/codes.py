"""What a scanner typed: a tracking ID in one of its dresses, a damaged one, or something foreign."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from degreetrack.kit import tracking_ids

# What stands in the QR of a cover. Capitals, digits, ":" and "-" make the smallest QR.
PREFIX = "DT:"


class Sort(StrEnum):
    """What a code turned out to be."""

    EMPTY = "empty"
    OURS = "ours"
    DAMAGED = "damaged"
    FOREIGN = "foreign"
    KEYBOARD = "keyboard"


@dataclass(frozen=True)
class Code:
    """A code as read: the tracking ID, where there is one."""

    sort: Sort
    tracking_id: str = ""


# What the keys of Latin letters give under the phonetic Urdu keyboard, plain and with shift. A wrong
# guess does no harm: the check character refuses it.
_PHONETIC = {
    "a": "اآ", "b": "ب", "c": "چث", "d": "دڈ", "e": "ع", "f": "ف", "g": "گغ", "h": "حھ", "i": "ی",
    "j": "جض", "k": "کخ", "l": "ل", "m": "م", "n": "نں", "o": "ہۃ", "p": "پ", "q": "ق", "r": "رڑ",
    "s": "سص", "t": "تٹ", "u": "ئ", "v": "طظ", "w": "وؤ", "x": "شژ", "y": "ے", "z": "زذ",
    ":": "؛", "-": "۔ـ",
}  # fmt: skip
_KEYS = str.maketrans({urdu: latin for latin, letters in _PHONETIC.items() for urdu in letters})
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
# Many scanners can put the kind of the code before it, such as ]Q1 for a QR.
_SYMBOLOGY = re.compile(r"^\][A-Z][0-9A-Z]", re.IGNORECASE)
# Without shift the colon comes as a semicolon.
_OF_THE_COVER = re.compile(r"(?:^|[^A-Z0-9])DT[:;]\s*(.*)$", re.IGNORECASE)
_STATUS = re.compile(r"/status/([^/]+)/?")


def read(typed: str, *, hosts: Collection[str] = ()) -> Code:
    """Read what a scanner or a hand typed; `hosts` are the names under which this site answers."""
    text = _SYMBOLOGY.sub("", _CONTROL.sub("", typed).strip())
    if not text:
        return Code(Sort.EMPTY)
    latin = _latin(text)
    if "://" in latin or latin.lower().startswith("www."):
        return _address(latin, hosts)
    on_cover = _OF_THE_COVER.search(latin)
    bare = _bare(on_cover[1] if on_cover else latin)
    tracking_id = tracking_ids.normalise(bare)
    if tracking_id and not bare.isdigit():
        return Code(Sort.OURS, tracking_id)
    if any("\u0600" <= one <= "\u06ff" and one.isalpha() for one in text):
        return Code(Sort.KEYBOARD)
    dashed = re.fullmatch(r"\W*[A-Z0-9]{2,4}-[A-Z0-9]{2,4}-[A-Z0-9]{3,5}\W*", latin, re.IGNORECASE)
    return Code(Sort.DAMAGED if on_cover or dashed else Sort.FOREIGN)


def _latin(text: str) -> str:
    """Digits of any script as ours, and the keys of an Urdu keyboard as those of a Latin one."""
    text = unicodedata.normalize("NFKC", text).translate(_KEYS)
    return "".join(str(unicodedata.digit(one)) if one.isdigit() else one for one in text)


def _bare(text: str) -> str:
    """Without what a scanner put before and after."""
    return re.sub(r"^\W+|\W+$", "", text)


def _address(text: str, hosts: Collection[str]) -> Code:
    """A status page of this site holds a tracking ID; an address elsewhere is foreign, whatever it holds."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        return Code(Sort.FOREIGN)
    page = _STATUS.fullmatch(parts.path)
    tracking_id = tracking_ids.normalise(page[1]) if page and host.lower() in hosts else ""
    return Code(Sort.OURS, tracking_id) if tracking_id else Code(Sort.FOREIGN)
