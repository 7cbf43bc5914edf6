"""What clerks type, read and checked."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from degreetrack.applications.models import Language, Route
from degreetrack.catalogue.models import Issue, Kind
from degreetrack.kit.phones import to_e164

# Numbers and addresses run from left to right on Urdu pages too.
LATIN = forms.TextInput(attrs={"dir": "ltr"})
COURIERS = ["Pakistan Post", "TCS", "Leopards", "M&P"]


class ReceiptForm(forms.Form):
    """An application as it lies on the counter; what is on record is filled in already."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Kind.choices)
    issue = forms.ChoiceField(label=gettext_lazy("Issue"), choices=Issue.choices)
    urgent = forms.BooleanField(label=gettext_lazy("Urgent"), required=False)
    route = forms.ChoiceField(
        label=gettext_lazy("How it came"), choices=[c for c in Route.choices if c[0] != Route.REGISTER]
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the news"), choices=Language.choices)
    mobile = forms.CharField(label=gettext_lazy("Mobile"), required=False, max_length=20, widget=LATIN)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, widget=forms.EmailInput(attrs={"dir": "ltr"})
    )
    address = forms.CharField(label=gettext_lazy("Postal address"), max_length=300, required=False)
    challan_no = forms.CharField(
        label=gettext_lazy("Challan number"), max_length=20, required=False, widget=LATIN
    )
    fee_paid = forms.IntegerField(
        label=gettext_lazy("Fee paid, in rupees"), min_value=0, max_value=1_000_000, initial=0
    )

    def clean_mobile(self) -> str:
        """Store the number in its one form."""
        typed: str = self.cleaned_data["mobile"]
        number = to_e164(typed) if typed else ""
        if number is None:
            raise forms.ValidationError(_("This is not a mobile number. Write it as 0300 1234567."))
        return number

    def clean(self) -> dict[str, Any]:
        """Somebody without mobile and e-mail could not be told anything."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("mobile") and not cleaned.get("email") and not self.errors:
            raise forms.ValidationError(_("Ask for a mobile number or an e-mail address: news goes there."))
        return cleaned


def facts_of(posted: Any) -> dict[str, Any]:
    """The facts of a move from what its form sent; only what was filled in."""
    facts: dict[str, Any] = {
        name: posted[name].strip()
        for name in ("stock_no", "courier", "consignment_no", "handed_to")
        if posted.get(name, "").strip()
    }
    receiver = posted.get("receiver", "")
    if receiver == "bearer":
        facts["bearer_code"] = posted.get("bearer_code", "")
    elif receiver == "applicant":
        facts["cnic_seen"] = True
    elif receiver == "letter":
        facts["letter_seen"] = True
    objections = [(code, None) for code in posted.getlist("objection")]
    objections += [(None, text.strip()) for text in posted.getlist("own_words") if text.strip()]
    if objections:
        facts["objections"] = objections
    answers = {
        int(name.removeprefix("answer-")): text
        for name, text in posted.items()
        if name.startswith("answer-") and len(name) < 26 and name.removeprefix("answer-").isdecimal()
    }
    if answers:
        facts["answers"] = answers
    return facts
