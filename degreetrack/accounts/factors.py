"""Second factors: who must have one, what proves, and the codes for who has lost the rest."""

import logging
import secrets
import unicodedata
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts import totp, vault
from degreetrack.accounts.factor_models import Factor, FactorKind, RecoveryCode
from degreetrack.accounts.models import Role, User
from degreetrack.kit.refusals import Refused

# They decide over others' work, or read everything.
UPWARD = frozenset({Role.SUPERVISOR, Role.CONTROLLER, Role.AUDITOR})
CODES = 10
# No letter and digit that look alike; nine of them are 44 bits beside the place.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
MOST = 10
_SECRET = "totp"  # noqa: S105 - the purpose that its key is made for  # nosec B105
logger = logging.getLogger(__name__)


def must_have(user: User) -> bool:
    """Whether this person may do nothing without a second factor."""
    everybody = settings.SECOND_FACTOR == "all" and bool(user.roles)
    return everybody or user.is_superuser or bool(user.roles & UPWARD)


def has_any(user: User) -> bool:
    """Whether a password alone does not let this person in."""
    return Factor.objects.filter(user=user).exists()


def add_app(user: User, *, secret: str, code: str, name: str, now: datetime | None = None) -> Factor:
    """Take in an authenticator app whose code shows that it has the secret."""
    now = now or timezone.now()
    step = totp.step_of(secret, plain(code), now=now)
    if step is None:
        raise Refused(_("This is not the code that the app shows now. Type the newest one."))
    sealed = vault.seal(secret, purpose=_SECRET)
    return add(user, FactorKind.TOTP, name=name, secret=sealed, counter=step, now=now)


def add(
    user: User,
    kind: FactorKind,
    *,
    name: str,
    secret: str,
    counter: int,
    credential: str | None = None,
    now: datetime | None = None,
) -> Factor:
    """Write a factor down; a person has a few, not hundreds."""
    if Factor.objects.filter(user=user).count() >= MOST:
        raise Refused(_("You have ten second factors: remove one first."))
    return Factor.objects.create(
        user=user, kind=kind, name=name.strip()[:60] or str(kind.label), secret=secret, counter=counter,
        credential=credential, since=now or timezone.now(),
    )  # fmt: skip


def remove(factor: Factor) -> None:
    """End one factor; with the last go the recovery codes, and who must have one keeps the last."""
    with transaction.atomic():
        mine = list(Factor.objects.select_for_update().filter(user=factor.user))
        if len(mine) == 1 and must_have(factor.user):
            raise Refused(_("You must have a second factor: add another one first."))
        factor.delete()
        if len(mine) == 1:
            RecoveryCode.objects.filter(user=factor.user).delete()


def reset(user: User) -> int:
    """End every factor and code of a person who has lost them; return how many factors there were."""
    RecoveryCode.objects.filter(user=user).delete()
    return Factor.objects.filter(user=user).delete()[1].get("accounts.Factor", 0)


def proved_by(user: User, typed: str, *, now: datetime | None = None) -> Factor | RecoveryCode | None:
    """What a typed code proves: an app's code or a recovery code, each accepted once only."""
    code, now = plain(typed), now or timezone.now()
    if len(code) == totp.DIGITS:
        return _by_app(user, code, now=now)
    return _by_recovery(user, code, now=now)


def _by_app(user: User, code: str, *, now: datetime) -> Factor | None:
    for factor in Factor.objects.filter(user=user, kind=FactorKind.TOTP):
        step = _step_of(factor, code, now=now)
        later = Factor.objects.filter(pk=factor.pk, counter__lt=step or 0)
        if step is not None and later.update(counter=step, used_at=now):
            return factor
    return None


def _step_of(factor: Factor, code: str, *, now: datetime) -> int | None:
    """The step of a code; none where the keys that sealed the app are gone: its owner has other ways in."""
    try:
        return totp.step_of(secret_of(factor), code, now=now)
    except vault.Broken:
        logger.warning("Factor %s was sealed with a key that is gone: its owner needs a new one.", factor.pk)
        return None


def _by_recovery(user: User, code: str, *, now: datetime) -> RecoveryCode | None:
    if len(code) != 10 or not code[0].isdecimal():
        return None
    row = RecoveryCode.objects.filter(user=user, place=int(code[0]), used_at=None).first()
    if row is None or not check_password(code[1:], row.digest):
        return None
    # Of two at one instant one wins.
    return row if RecoveryCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now) else None


def new_codes(user: User) -> list[str]:
    """Make ten new codes in place of the old ones; they can be read now and never again."""
    drawn = ["".join(secrets.choice(ALPHABET) for _letter in range(9)) for _code in range(CODES)]
    rows = [
        RecoveryCode(user=user, place=place, digest=make_password(code)) for place, code in enumerate(drawn)
    ]
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(rows)
    return [f"{place}{code[:4]}-{code[4:]}" for place, code in enumerate(drawn)]


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def secret_of(factor: Factor) -> str:
    """The secret of an app."""
    return vault.unseal(factor.secret, purpose=_SECRET)


def plain(typed: str) -> str:
    """A code without spaces and dashes, in capitals; an Urdu keyboard's digits are digits too."""
    told = unicodedata.normalize("NFKC", typed[:40]).upper()
    return "".join(str(int(letter)) if letter.isdecimal() else letter for letter in told if letter.isalnum())
