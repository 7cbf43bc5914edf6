"""The forms before the desk's door: sign in, ask for a reset link, set a new password."""

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.db import models
from django.utils.translation import gettext_lazy as _

from degreetrack.web.captcha import WithDigits


class Remember(models.TextChoices):
    """What the browser is to remember after a sign-in."""

    SESSION = "session", _("Log me on automatically each visit")
    USERNAME = "username", _("Remember just my username")
    NOTHING = "nothing", _("No, thanks.")


class SignInForm(WithDigits):
    """Username, password, digits, and what to remember."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "dir": "ltr"}
        ),
        error_messages={"required": _("Type your username.")},
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        # The hash function's time must not grow with what a stranger sends.
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "dir": "ltr"}),
        error_messages={"required": _("Type your password.")},
    )
    remember = forms.ChoiceField(
        label=_("Remember me on this computer?"),
        choices=Remember,
        widget=forms.RadioSelect,
        required=False,
    )
    field_order = ["username", "password", "captcha", "digits", "remember"]

    def clean_remember(self) -> Remember:
        """Nothing chosen means nothing remembered."""
        return Remember(self.cleaned_data["remember"] or Remember.NOTHING)


class ResetForm(WithDigits):
    """The e-mail address of an account, and digits."""

    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        error_messages={"required": _("Type the e-mail address of your account.")},
    )
    field_order = ["email", "captcha", "digits"]


class NewPasswordForm(SetPasswordForm):
    """A new password, twice."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "%s"
        for field in self.fields.values():
            field.widget.attrs["dir"] = "ltr"
