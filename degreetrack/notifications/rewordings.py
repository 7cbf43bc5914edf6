"""Reworded notices: rows that each process reads once a minute, filled in by an engine of few means."""

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Node, Variable
from django.utils import timezone

from degreetrack.journal.services import ByWhom, record
from degreetrack.notifications.models import Channel, Rewording

LASTS = 60.0
_kept: tuple[float, dict[str, str]] | None = None


class _Plain(Engine):
    """Tags and filters of one short list; nothing is loaded from anywhere."""

    default_builtins = ["degreetrack.notifications.plain_tags"]


_ENGINE = _Plain(dirs=[], app_dirs=False, autoescape=False)


def of(name: str, language: str, channel: str) -> str | None:
    """The Controller's own text, None where the original holds; another process sees a change in a minute."""
    global _kept
    now = time.monotonic()
    if _kept is None or now - _kept[0] > LASTS:
        _kept = (now, {str(row): row.text for row in Rewording.objects.all()})
    return _kept[1].get(f"{name}.{language}.{channel}")


def forget() -> None:
    """Read the rows again at the next notice."""
    global _kept
    _kept = None


@lru_cache(maxsize=256)
def compiled(text: str) -> Template:
    """The text as a template; TemplateSyntaxError where it is none, or uses what it may not."""
    return Template(text, engine=_ENGINE)


def fill(text: str, values: dict[str, Any]) -> str:
    """The words with the values in their places."""
    return compiled(text).render(Context(values, autoescape=False))


def keep(name: str, language: str, channel: Channel, text: str, *, by: ByWhom, before: str) -> Rewording:
    """Keep and journal a text that was checked."""
    with transaction.atomic():
        row, _is_new = Rewording.objects.update_or_create(
            name=name,
            language=language,
            channel=channel,
            defaults={"text": text, "changed_at": timezone.now(), "by_name": by.display_name[:150]},
        )
        record(f"wording/{row}", "reworded", by=by, before={"text": before}, after={"text": text})
        _changed()
    return row


def drop(row: Rewording, *, by: ByWhom, original: str) -> None:
    """Let the original hold again, and journal it."""
    with transaction.atomic():
        record(
            f"wording/{row}",
            "original_wording",
            by=by,
            before={"text": row.text},
            after={"text": original},
        )
        row.delete()
        _changed()


def _changed() -> None:
    forget()
    # Another thread may read the old rows once more before this transaction ends.
    transaction.on_commit(forget)


def variables(text: str) -> set[str]:
    """Every value that a text asks for, as it stands there; what a loop names itself is none of them."""
    named: set[str] = {"forloop.first", "forloop.last", "forloop.counter"}
    found: set[str] = set()
    for node in _nodes(compiled(text).nodelist):
        named.update(getattr(node, "loopvars", ()))
        for expression in _expressions(node):
            found.update(_asked(expression))
    return found - named


def _nodes(nodes: Any) -> Iterator[Node]:
    for node in nodes:
        yield node
        for name in (*node.child_nodelists, "conditions_nodelists"):
            inner = getattr(node, name, None) or []
            yield from _nodes(
                inner if name != "conditions_nodelists" else [n for _c, part in inner for n in part]
            )


def _expressions(node: Any) -> Iterator[FilterExpression]:
    yield from (
        part for part in (getattr(node, "filter_expression", None), getattr(node, "sequence", None)) if part
    )
    for condition, _nodelist in getattr(node, "conditions_nodelists", ()):
        yield from _terms(condition)


def _terms(condition: Any) -> Iterator[FilterExpression]:
    """The values that a condition compares."""
    if condition is None:
        return
    if isinstance(getattr(condition, "value", None), FilterExpression):
        yield condition.value
    for side in ("first", "second"):
        yield from _terms(getattr(condition, side, None))


def _asked(expression: FilterExpression) -> Iterator[str]:
    given = [expression.var, *(arg for _filter, args in expression.filters for _is_variable, arg in args)]
    for part in given:
        if isinstance(part, Variable) and part.lookups is not None:
            yield ".".join(part.lookups)


__all__ = ["TemplateSyntaxError", "compiled", "drop", "fill", "forget", "keep", "of", "variables"]
