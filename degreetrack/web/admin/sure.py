"""Doubts that a person must answer before a change is kept."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from degreetrack.applications.lifecycle import ENDED, State
from degreetrack.applications.models import Application

# A limit runs in these.
LIMITED = (State.OBJECTED, State.RETURNED)


class SureForm(forms.ModelForm):
    """A form that tells its doubts and asks to tick “I mean it” before it keeps what raises them."""

    sure = forms.BooleanField(
        required=False, label=_("I mean it"), help_text=_("Only where the page asks for it.")
    )

    def doubts(self, given: dict[str, Any]) -> list[str]:
        """What speaks against the change, in sentences."""
        return []

    def clean(self) -> dict[str, Any]:
        """Refuse once, with the doubts."""
        given: dict[str, Any] = super().clean() or {}
        found = [] if self.errors or given.get("sure") else self.doubts(given)
        for doubt in found:
            self.add_error("sure", doubt)
        return given

    def keep_spaces(self, name: str) -> None:
        """A browser ends lines in its own way: that is no change of a drawing."""
        stored = getattr(self.instance, name)
        if self.cleaned_data.get(name, "").split() == stored.split():
            self.cleaned_data[name] = stored

    def changes(self, *names: str) -> bool:
        """Whether a stored row would get other values in any of these fields."""
        return (
            bool(self.instance.pk)
            and not self.instance._state.adding
            and bool({*names} & {*self.changed_data})
        )


def open_limits(**more: Any) -> int:
    """How many open applications have a limit that runs, and that fits."""
    return Application.objects.filter(state__in=LIMITED, limit_on__isnull=False, **more).count()


def open_applications(**more: Any) -> int:
    """How many applications are under way, of those that fit."""
    return Application.objects.exclude(state__in=ENDED).filter(**more).count()
