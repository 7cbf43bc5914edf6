"""Pages from a mould: a page of each shape is rendered once, then only its texts are written in."""

import re
import secrets
from collections.abc import Callable, Hashable
from html import escape
from threading import Lock
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language

from degreetrack.catalogue.services import institution
from degreetrack.kit.remembering import remembered

# Letters and digits only, so that no filter changes it; nobody outside can guess it.
_MARK = f"q{secrets.token_hex(8)}q"
_MARKED = re.compile(f"{_MARK}([a-z0-9_]+?){_MARK}")
# All common shapes fit; a shape that few people meet is rendered again.
MOST = 2000
_moulds: dict[Hashable, list[str]] = {}
_lock = Lock()
type Text = Callable[[str], str]


def cast(
    request: HttpRequest,
    template: str,
    shape: Hashable,
    texts: dict[str, str],
    context: Callable[[Text], dict[str, Any]],
) -> HttpResponse:
    """Answer with the template's page of this shape, its texts escaped and written in.

    `context` makes the template's context from a function that gives each text by its name. It must
    depend on the shape alone; of the request the page sees its address and language, nothing else.
    """
    key = (template, get_language(), shape, _edition())
    mould = _moulds.get(key)
    if mould is None:
        mould = _made(template, context)
        with _lock:
            if len(_moulds) >= MOST:
                _moulds.clear()
            _moulds[key] = mould
    texts["here_path"] = quote(request.get_full_path(), safe="")
    parts = mould.copy()
    # Escaped in one go: no text holds a NUL, which neither database nor request lets through.
    parts[1::2] = escape("\0".join([texts[name] for name in mould[1::2]])).split("\0")
    return HttpResponse("".join(parts))


def _made(template: str, context: Callable[[Text], dict[str, Any]]) -> list[str]:
    """Render it for nobody in particular with a mark for each text; every second part is the name of one."""

    def mark(name: str) -> str:
        return f"{_MARK}{name}{_MARK}"

    page = render_to_string(template, context(mark) | {"here_path": mark("here_path")}, request=HttpRequest())
    return _MARKED.split(page)


@remembered
def _edition() -> int:
    """Another number once the institution's row has changed."""
    uni = institution()
    return hash(tuple(str(getattr(uni, field.attname)) for field in uni._meta.concrete_fields))
