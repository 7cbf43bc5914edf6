"""What an auditor asks for, read and checked."""

import re
from datetime import date
from typing import Any

from django import forms
from django.db.models import Value
from django.db.models.functions import Concat, Lower, Trim
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from degreetrack.accounts.models import User
from degreetrack.applications.models import Application
from degreetrack.journal.audit import Asked
from degreetrack.kit import tracking_ids
from degreetrack.web.desk.forms import LATIN
from degreetrack.web.desk.happenings import HAPPENINGS

STREAM = re.compile(r"[a-z]{2,15}/[a-z0-9_.-]{1,24}")


def choices() -> list[tuple[str, Any]]:
    """Every happening, in the order of its words."""
    return [("", _("Everything")), *sorted(HAPPENINGS.items(), key=lambda item: str(item[1]))]


class AuditForm(forms.Form):
    """Who, which case, what, and when."""

    person = forms.CharField(
        label=gettext_lazy("Who: user name, or first and last name"), max_length=150, required=False
    )
    case = forms.CharField(
        label=gettext_lazy("Degree tracking ID"), max_length=20, required=False, widget=LATIN
    )
    verb = forms.ChoiceField(label=gettext_lazy("What happened"), choices=choices, required=False)
    since = forms.DateField(
        label=gettext_lazy("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_person(self) -> User | None:
        """The one member of staff who is meant."""
        typed = " ".join(self.cleaned_data["person"].split())
        if not typed:
            return None
        named = User.objects.filter(username__iexact=typed).first()
        if named:
            return named
        whole = Lower(Trim(Concat("first_name", Value(" "), "last_name")))
        several = list(User.objects.annotate(whole=whole).filter(whole=typed.lower())[:5])
        if not several:
            raise forms.ValidationError(_("No member of staff has this name."))
        if len(several) > 1:
            raise forms.ValidationError(
                _("Several people have this name; write the user name: %(names)s")
                % {"names": ", ".join(user.username for user in several)}
            )
        return several[0]

    def clean_case(self) -> Application | None:
        """The case of a tracking ID."""
        typed = self.cleaned_data["case"]
        if not typed.strip():
            return None
        found = Application.objects.filter(tracking_id=tracking_ids.normalise(typed)).first()
        if found is None:
            raise forms.ValidationError(_("No application has this tracking ID."))
        return found

    def address(self) -> str:
        """What was asked for as the end of an address: nothing of it is anybody's personal data."""
        given = self.cleaned_data
        query = QueryDict(mutable=True)
        said = {
            "actor": given["person"] and given["person"].pk,
            "stream": given["case"] and given["case"].stream,
            "verb": given["verb"],
            "since": given["since"],
            "until": given["until"],
        }
        query.update({name: str(value) for name, value in said.items() if value})
        return query.urlencode()


def asked_in(given: QueryDict) -> Asked:
    """What an address or an export's button asks for; 404 where it can be no such thing."""
    stream, actor, verb = given.get("stream", ""), given.get("actor", ""), given.get("verb", "")
    if (stream and not STREAM.fullmatch(stream)) or (verb and verb not in HAPPENINGS):
        raise Http404
    if actor and not (actor.isascii() and actor.isdigit() and len(actor) < 19):
        raise Http404
    return Asked(
        stream=stream,
        actor=int(actor) if actor else None,
        verb=verb,
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Http404 from error
