"""What the crawl reads of a page: its links, its forms, and the shape of an address."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Form:
    """A form of a page: where it goes, how, and its fields with what stands in them."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """The links and the forms of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "a" and at.get("href"):
            self.links.append(at["href"])
        if tag == "form":
            self.forms.append(Form(at.get("action", ""), at.get("method", "get").lower()))
        if not self.forms:
            return
        form, name = self.forms[-1], at.get("name", "")
        if tag in ("input", "button", "textarea") and name:
            if at.get("type") == "file":
                form.files.append(name)
            elif at.get("type") not in ("checkbox", "radio") or "checked" in at or name not in form.fields:
                form.fields[name] = at.get("value", "")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select:
            form.fields.setdefault(self._select, at.get("value", ""))


def shape(path: str) -> str:
    """The path with what differs from thing to thing left out."""
    parts = urlsplit(path)
    plain = re.sub(r"[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{4}|\d+|%[0-9a-fA-F]{2}", "#", parts.path)
    # The page of one wording of a notice is as that of another.
    plain = re.sub("/wording/.+/.+/.+/", "/wording/#/#/#/", plain)
    if plain.startswith("/admin/"):
        # Its filters go together in thousands of ways.
        return plain[:90] + ("?" if parts.query else "")
    return plain[:90] + ("?" + ",".join(sorted(dict(parse_qsl(parts.query)))) if parts.query else "")
