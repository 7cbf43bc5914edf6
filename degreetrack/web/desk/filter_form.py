"""The filter of a worklist as it stands in an address: read, kept, and told in words."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from degreetrack.applications.filters import HEADQUARTERS, Filter
from degreetrack.catalogue.models import Issue, Kind, Level, Region

ANY = ("", _("all"))


# Nobody's file is older, and no calendar of ours reaches further.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)


class _Day(forms.DateInput):
    input_type = "date"


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=_Day(format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )


class FilterForm(forms.Form):
    """What narrows a list; nonsense in one field leaves the others standing."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *Kind.choices])
    issue = forms.ChoiceField(label=_("Issue"), required=False, choices=[ANY, *Issue.choices])
    urgent = forms.ChoiceField(
        label=_("Urgency"), required=False, choices=[ANY, ("yes", _("Urgent")), ("no", _("Ordinary"))]
    )
    office = forms.ChoiceField(label=_("Received at"), required=False)
    level = forms.ChoiceField(label=_("Level"), required=False)
    received_from = _day(_("Received from"))
    received_to = _day(_("Received to"))
    waiting = forms.IntegerField(
        label=_("Waiting here longer than, in days"), required=False, min_value=0, max_value=3650
    )
    due = forms.ChoiceField(
        label=_("Due"),
        required=False,
        choices=[ANY, ("late", _("late")), ("today", _("late or due today"))],
    )
    hand = forms.ChoiceField(
        label=_("In hand"),
        required=False,
        choices=[
            ("", _("anybody's or nobody's")),
            ("mine", _("mine")),
            ("somebody", _("somebody's")),
            ("nobody", _("nobody's")),
        ],
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter-%s")
        offices = [(region.code, region.name) for region in Region.objects.all()]
        self.fields["office"].choices = [ANY, (HEADQUARTERS, _("Headquarters")), *offices]  # type: ignore[attr-defined]
        levels = [(level.code, level.title) for level in Level.objects.all()]
        self.fields["level"].choices = [ANY, *levels]  # type: ignore[attr-defined]

    def _given(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def filter(self) -> Filter:
        """The filter that the sound fields make."""
        return Filter(**self._given())

    def query(self) -> str:
        """The filter as it stands in an address."""
        return urlencode({name: str(value) for name, value in self._given().items()})

    def ignored(self) -> list[str]:
        """The labels of the fields that hold nonsense."""
        return [str(self.fields[name].label) for name in self.errors if name in self.fields]

    def words(self) -> list[tuple[str, str]]:
        """Each field that narrows, with its value as people read it."""
        return [
            (str(self.fields[name].label), self._word(name, value)) for name, value in self._given().items()
        ]

    def _word(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices)[value])  # type: ignore[arg-type]
        return date_format(value) if isinstance(value, date) else str(value)
