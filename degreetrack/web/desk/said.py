"""What the journal holds of an entry, in words: each field by its name, each value as people read it."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from degreetrack.applications.lifecycle import MOVES, State
from degreetrack.applications.models import Delivery, Route
from degreetrack.catalogue.models import Issue, Kind
from degreetrack.notifications.models import Channel, Fate

FIELDS: dict[str, str | Promise] = {
    "address": gettext_lazy("Address"),
    "amount": gettext_lazy("Amount in rupees"),
    "answered": gettext_lazy("Questions answered by it"),
    "as": gettext_lazy("Taken away as"),
    "asked": gettext_lazy("Asked for"),
    "bearer": gettext_lazy("Bearer"),
    "blank": gettext_lazy("Blank"),
    "browser": gettext_lazy("Browser"),
    "bytes": gettext_lazy("Size in bytes"),
    "challan": gettext_lazy("Challan"),
    "documents": gettext_lazy("Papers"),
    "ended": gettext_lazy("Sessions ended"),
    "how": gettext_lazy("How it was done"),
    "job": gettext_lazy("Work"),
    "misses": gettext_lazy("Numbers that led nowhere"),
    "name": gettext_lazy("Name"),
    "sessions": gettext_lazy("Sessions ended"),
    "changed": gettext_lazy("Files changed"),
    "channel": gettext_lazy("Channel"),
    "checked": gettext_lazy("Points looked at"),
    "claim": gettext_lazy("Number of the new contact"),
    "courier": gettext_lazy("Courier"),
    "consignment_no": gettext_lazy("Consignment number"),
    "days_left": gettext_lazy("Days left"),
    "delivery": gettext_lazy("Delivery"),
    "document": gettext_lazy("Number of the document"),
    "done": gettext_lazy("Files done"),
    "due_on": gettext_lazy("Due"),
    "fate": gettext_lazy("What became of it"),
    "file": gettext_lazy("File"),
    "files": gettext_lazy("Files"),
    "first": gettext_lazy("First number"),
    "from": gettext_lazy("From"),
    "issue": gettext_lazy("Issue"),
    "kind": gettext_lazy("Kind"),
    "known": gettext_lazy("Known already"),
    "language": gettext_lazy("Language"),
    "last": gettext_lazy("Last number"),
    "level": gettext_lazy("Level"),
    "limit_on": gettext_lazy("Limit"),
    "line": gettext_lazy("Line"),
    "manifest": gettext_lazy("Dispatch list"),
    "message": gettext_lazy("Number of the message"),
    "new": gettext_lazy("New"),
    "notice": gettext_lazy("Number of the notice"),
    "objections": gettext_lazy("Objections"),
    "of": gettext_lazy("Out of whose hands"),
    "office": gettext_lazy("Office"),
    "officer": gettext_lazy("Officer"),
    "overwritten": gettext_lazy("Changes overwritten"),
    "page": gettext_lazy("Page"),
    "paid": gettext_lazy("Paid"),
    "place": gettext_lazy("Place"),
    "problem": gettext_lazy("Problem"),
    "provider": gettext_lazy("Who told of it"),
    "purpose": gettext_lazy("What for"),
    "quantity": gettext_lazy("How many"),
    "reference": gettext_lazy("Reference"),
    "refused": gettext_lazy("Files refused"),
    "rejected": gettext_lazy("Rows handed back"),
    "requirement": gettext_lazy("Required document"),
    "rest": gettext_lazy("Still missing"),
    "route": gettext_lazy("How it came"),
    "row": gettext_lazy("Row"),
    "run": gettext_lazy("Print run"),
    "secret": gettext_lazy("Changed, and not shown"),
    "section": gettext_lazy("Section"),
    "shown": gettext_lazy("Files shown"),
    "sighted": gettext_lazy("Originals sighted"),
    "slug": gettext_lazy("Institution"),
    "spoilt": gettext_lazy("Spoilt"),
    "stage": gettext_lazy("Stage"),
    "state": gettext_lazy("Stands at"),
    "step": gettext_lazy("Step"),
    "taken_back": gettext_lazy("Taken back"),
    "taken_off": gettext_lazy("Taken off"),
    "template": gettext_lazy("Which notice"),
    "text": gettext_lazy("Text"),
    "to": gettext_lazy("To"),
    "tries_left": gettext_lazy("Tries left"),
    "until": gettext_lazy("Until"),
    "unused": gettext_lazy("Blanks not used"),
    "urgent": gettext_lazy("Urgent"),
    "verb": gettext_lazy("Step"),
    "virus": gettext_lazy("Virus"),
}
VALUES: dict[str, Any] = {
    "channel": Channel,
    "delivery": Delivery,
    "fate": Fate,
    "issue": Issue,
    "kind": Kind,
    "route": Route,
    "stage": State,
    "state": State,
}
LANGUAGES = {"en": gettext_lazy("English"), "ur": gettext_lazy("Urdu")}


def in_words(stream: str, data: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Each field of an entry by its name, with its value before and after."""
    before, after = data.get("before") or {}, data.get("after") or {}
    names = _names_of(stream) | FIELDS
    said = []
    for name in {**before, **after}:
        was, became = _value(name, before.get(name)), _value(name, after.get(name))
        if was or became:
            said.append((str(names.get(name, name.replace("_", " "))), was, became))
    return said


def _names_of(stream: str) -> dict[str, str | Promise]:
    """What the fields of a row are called on the administration's own pages."""
    room, _slash, model = stream.partition("/")
    wanted = model if room == "admin" else room
    found = [one for one in apps.get_models() if one._meta.model_name == wanted]
    return {field.name: force_str(field.verbose_name) for one in found for field in one._meta.concrete_fields}


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(_value(name, one) for one in value)
    if isinstance(value, dict):
        return "; ".join(_pairs(value))
    if name in VALUES and value in VALUES[name].values:
        return str(VALUES[name](value).label)
    if name in ("verb", "template") and value in MOVES:
        return str(MOVES[value].label)
    return str(LANGUAGES.get(value, value)) if name == "language" else str(value)


def _pairs(value: dict[str, Any]) -> Iterator[str]:
    """What lies in a field of fields, such as the points of a checklist."""
    for name, one in value.items():
        yield f"{FIELDS.get(name, name)}: {_value(name, one)}"
