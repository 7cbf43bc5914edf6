"""For every page of the administration: each change stands in the journal, in the same transaction."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from degreetrack.journal.rows import plain, stream_of
from degreetrack.journal.services import record


class Journalled(admin.ModelAdmin):
    """A page of the administration whose every change is journalled, each field before and after.

    Put it first among the bases. What `secret` names is told by name only. `uses` names what stands
    against a row's end, `touches` what its end would touch.
    """

    secret: frozenset[str] = frozenset()
    # Rows are changed one by one, so that each has its check and its entry.
    actions = None

    def uses(self, obj: Any) -> list[str]:
        """Why a row cannot be deleted; nothing where it can."""
        return []

    def touches(self, obj: Any) -> list[str]:
        """What is told before a row is deleted."""
        return []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A code that other rows know a row by stays; to change it would make a second row."""
        fields = list(super().get_readonly_fields(request, obj))
        key = self.model._meta.pk
        return [*fields, key.name] if obj is not None and key is not None and key.editable else fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Remember how the row was."""
        stored = self.model._default_manager.select_for_update().get(pk=obj.pk) if change else None
        self._remember(request, self._values(stored) if stored is not None else {})
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Journal the row with all that hangs on it."""
        super().save_related(request, form, formsets, change)
        before = getattr(request, "journal_before", {})
        after = self._values(self.model._default_manager.get(pk=form.instance.pk))
        changed = [name for name in after if not change or before.get(name) != after[name]]
        if changed:
            self._journal(request, form.instance.pk, changed, before if change else {}, after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Journal what the row was."""
        before = self._values(obj)
        key = obj.pk
        super().delete_model(request, obj)
        self._journal(request, key, list(before), before, {})
        self._remember(request, {})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Journal by name what was changed past `save_model`, such as a password."""
        if not hasattr(request, "journal_before"):
            told = [part["changed"].get("fields", []) for part in message if "changed" in part]
            said = {"row": str(obj.pk), "secret": [str(name) for names in told for name in names]}
            record(stream_of(self.model), "changed", by=request.user, after=said)  # type: ignore[arg-type]
        return super().log_change(request, obj, message)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say what stands against the deletion, or what it would touch."""
        against = [why for obj in objs for why in self.uses(obj)]
        if against:
            return [], {}, set(), against
        to_delete, counts, wanting, protected = super().get_deleted_objects(objs, request)
        touched = [what for obj in objs for what in self.touches(obj)]
        return [*touched, *to_delete], counts, wanting, protected

    def _remember(self, request: HttpRequest, before: dict[str, Any]) -> None:
        request.journal_before = before  # type: ignore[attr-defined]

    def _values(self, obj: Any) -> dict[str, Any]:
        values = {field.name: plain(field.value_from_object(obj)) for field in obj._meta.concrete_fields}
        for field in obj._meta.many_to_many:
            values[field.name] = sorted(str(row.pk) for row in field.value_from_object(obj))
        return values

    def _journal(
        self, request: HttpRequest, key: Any, names: list[str], before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        hidden = [name for name in names if name in self.secret]
        shown = [name for name in names if name not in self.secret]
        said: list[dict[str, Any]] = []
        for side in (before, after):
            told = {"row": str(key)} | {name: side[name] for name in shown if name in side} if side else {}
            said.append(told | ({"secret": hidden} if side and hidden else {}))
        verb = "changed" if before and after else "added" if after else "deleted"
        record(stream_of(self.model), verb, by=request.user, before=said[0], after=said[1])  # type: ignore[arg-type]
