"""The steps of an application as forms: each fault beside its field, and what was typed kept."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from degreetrack.applications.models import Delivery, Draft, Language
from degreetrack.catalogue.models import Region


class DeliveryForm(forms.Form):
    """Where it goes, how, and in which language news comes."""

    address = forms.CharField(
        label=gettext_lazy("Postal address"),
        min_length=10,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        error_messages={
            "required": gettext_lazy("Write the whole address in 10 to 300 letters."),
            "min_length": gettext_lazy("Write the whole address in 10 to 300 letters."),
        },
    )
    way = forms.ChoiceField(
        label=gettext_lazy("Way of delivery"),
        choices=Delivery.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose post, courier or an office to collect it at."),
            "invalid_choice": gettext_lazy("Choose post, courier or an office to collect it at."),
        },
    )
    office = forms.ChoiceField(label=gettext_lazy("Office, if you collect it"), required=False)
    overseas = forms.BooleanField(
        label=gettext_lazy("The address is abroad (posting costs more)"), required=False
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the news"), choices=Language.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = [(region.code, region.name) for region in Region.objects.all()]
        self.fields["office"].choices = [("", "-"), *offices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """To collect it one must say where."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("way") == Delivery.COLLECT and not cleaned.get("office"):
            self.add_error("office", _("Choose the office at which it is to be collected."))
        return cleaned


class NamesForm(forms.Form):
    """The names as they will be printed: right, or how they should be."""

    right = forms.ChoiceField(
        label=gettext_lazy("Is all of it right?"),
        choices=[("yes", gettext_lazy("All of it is right.")), ("no", gettext_lazy("Something is wrong."))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Tell whether the names are right.")},
    )
    correction = forms.CharField(
        label=gettext_lazy("How should it be?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The desk decides on it before anything is printed, and may ask for a proof."),
    )

    def clean(self) -> dict[str, Any]:
        """A correction goes with a wrong name, and only with one."""
        cleaned: dict[str, Any] = super().clean() or {}
        right, correction = cleaned.get("right"), (cleaned.get("correction") or "").strip()
        if right == "no" and not correction:
            self.add_error("correction", _("Write how it should be."))
        if right == "yes" and correction:
            self.add_error("right", _("You wrote a correction: choose that something is wrong, or empty it."))
        return cleaned


def delivery_of(draft: Draft) -> dict[str, Any]:
    """What a draft holds already, for the form."""
    return {
        "address": draft.address,
        "way": draft.delivery,
        "office": draft.collect_office,
        "overseas": draft.overseas,
        "language": draft.language,
    }


def names_of(draft: Draft) -> dict[str, Any]:
    """The same of the names; nothing is chosen before the applicant has."""
    if draft.names_confirmed_at is None:
        return {}
    return {"right": "no" if draft.correction else "yes", "correction": draft.correction}
