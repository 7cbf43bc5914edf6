"""Passwords that are guessed first are refused, without asking anybody outside."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from degreetrack.accounts.models import User
from degreetrack.catalogue.models import Institution

LONGEST = 128
# A hundred million guesses: beyond what a thief of the sign-in page, slowed by lock-outs, ever makes.
WEAKEST_SCORE = 3
# zxcvbn's time grows with the square; what stands beyond adds to a password, never takes away.
LOOKED_AT = 72
LEAST_OWN = 6
OURS = ("degreetrack", "degree", "tracking", "university", "examination", "staff", "password")


class GuessablePasswordValidator:
    """Refuse what attackers try first: leaked passwords, names, dates, keyboard walks, words of the place."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError with what is wrong."""
        # Deferred: its lists of 100,000 words are read only by who sets passwords.
        from zxcvbn import zxcvbn

        if len(password) > LONGEST:
            raise ValidationError(_("A password has at most 128 characters."), code="password_too_long")
        known = self._known(user)
        weak = zxcvbn(password[:LOOKED_AT], user_inputs=known)["score"] < WEAKEST_SCORE
        if weak or self._is_made_of(known, password):
            raise ValidationError(
                _(
                    "This password is easily guessed. Take a longer one, such as four words that do not"
                    " belong together."
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        """What is asked for, before anybody types."""
        return _(
            "Your password can’t be a leaked one, a row of keys, or made of this university’s or your"
            " own name."
        )

    def _is_made_of(self, known: list[str], password: str) -> bool:
        """Whether little is left beside words of the person and the place, and figures."""
        plain = rest = password.lower()
        for word in sorted(known, key=len, reverse=True):
            rest = rest.replace(word, "")
        return rest != plain and len(re.sub(r"[\W\d_]", "", rest)) < LEAST_OWN

    def _known(self, user: User | None) -> list[str]:
        """The words that whoever knows the person and the place would try."""
        told = [*OURS]
        for row in Institution.objects.all():
            told += [row.short_name_en, row.name_en, row.short_name_ur, row.name_ur, row.website]
        if user is not None:
            told += [user.username, user.first_name, user.last_name, user.email, user.section_id or ""]
        return [word.lower() for text in told for word in (text, *re.split(r"\W+", text)) if len(word) > 2]
