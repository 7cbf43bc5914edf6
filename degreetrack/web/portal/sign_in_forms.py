"""What applicants type to sign in, or to prove who they are; checked kindly."""

from datetime import date

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from degreetrack.kit.phones import to_e164

_NUMBER = {"dir": "ltr", "autocapitalize": "characters", "autocomplete": "username", "spellcheck": "false"}
_LATIN = {"dir": "ltr"}


class NumberForm(forms.Form):
    """Who it is: the roll or the registration number."""

    number = forms.CharField(
        label=gettext_lazy("Roll number or registration number"),
        max_length=20,
        widget=forms.TextInput(attrs=_NUMBER),
        error_messages={"required": gettext_lazy("Type your roll number or your registration number.")},
    )


class CodeForm(forms.Form):
    """The six digits that were sent."""

    code = forms.CharField(
        label=gettext_lazy("Code from the SMS or e-mail"),
        max_length=12,
        widget=forms.TextInput(attrs=_LATIN | {"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": gettext_lazy("Type the six digits of the code.")},
    )


class ProofForm(NumberForm):
    """What proves somebody, and the contact that they want."""

    cnic = forms.CharField(
        label=gettext_lazy("CNIC or B-form number"),
        max_length=20,
        widget=forms.TextInput(attrs=_LATIN | {"inputmode": "numeric", "autocomplete": "off"}),
    )
    date_of_birth = forms.DateField(
        label=gettext_lazy("Date of birth"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    father_name = forms.CharField(
        label=gettext_lazy("Father's name, as on your certificates"), max_length=100
    )
    mobile = forms.CharField(
        label=gettext_lazy("New mobile number"),
        max_length=20,
        widget=forms.TextInput(attrs=_LATIN | {"inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("New e-mail address, if you have one"),
        required=False,
        widget=forms.EmailInput(attrs=_LATIN | {"autocomplete": "email"}),
    )

    def clean_cnic(self) -> str:
        """Thirteen digits, however they are written."""
        digits = "".join(filter(str.isdecimal, self.cleaned_data["cnic"]))
        if len(digits) != 13:
            raise forms.ValidationError(_("A CNIC has 13 digits, such as 61101-1234567-1."))
        return digits

    def clean_date_of_birth(self) -> date:
        """A day in the past."""
        day: date = self.cleaned_data["date_of_birth"]
        if day >= date.today():
            raise forms.ValidationError(_("The date of birth lies in the past."))
        return day

    def clean_mobile(self) -> str:
        """The number in its one form."""
        number = to_e164(self.cleaned_data["mobile"])
        if number is None:
            raise forms.ValidationError(_("This is not a mobile number. Write it as 0300 1234567."))
        return number
