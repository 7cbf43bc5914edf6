"""Passkeys: WebAuthn with the user verified, as a second factor and as a sign-in of its own.

Its library and what that needs take 7 MB, so that a process loads it when the first passkey is used.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts import factors
from degreetrack.accounts.factor_models import Factor, FactorKind
from degreetrack.accounts.models import User
from degreetrack.kit.refusals import Refused

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor


@dataclass(frozen=True)
class Place:
    """Where a passkey is used: the site's address as the browser knows it."""

    origin: str
    host: str

    @property
    def is_possible(self) -> bool:
        """Browsers bind passkeys to names, and refuse numbers."""
        try:
            ip_address(self.host.strip("[]"))
        except ValueError:
            return True
        return False


@dataclass(frozen=True)
class Asked:
    """What a browser is asked, as JSON, and the challenge that its answer must hold."""

    options: str
    challenge: str


def ask_new(user: User, *, at: Place, site: str) -> Asked:
    """Ask the browser to make a passkey that finds its owner by itself."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=at.host,
        rp_name=site,
        user_name=user.username,
        user_display_name=user.display_name,
        user_id=hashlib.sha256(f"degreetrack/user/{user.pk}".encode()).digest(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_known(user),
    )
    return Asked(options_to_json(options), bytes_to_base64url(options.challenge))


def add(user: User, answer: str, *, challenge: str, at: Place, name: str) -> Factor:
    """Keep a passkey that the browser has made."""
    from webauthn import base64url_to_bytes, verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=at.host,
            expected_origin=at.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise Refused(_("The passkey could not be made. Try again.")) from error
    credential = bytes_to_base64url(made.credential_id)
    if Factor.objects.filter(credential=credential).exists():
        raise Refused(_("This passkey is known already."))
    key = bytes_to_base64url(made.credential_public_key)
    return factors.add(
        user, FactorKind.PASSKEY, name=name, secret=key, counter=made.sign_count, credential=credential
    )


def ask(*, at: Place, user: User | None = None) -> Asked:
    """Ask for one of this person's passkeys, or for any where nobody is known yet."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=at.host,
        user_verification=UserVerificationRequirement.REQUIRED,
        allow_credentials=_known(user) if user else None,
    )
    return Asked(options_to_json(options), bytes_to_base64url(options.challenge))


def proved_by(answer: str, *, challenge: str, at: Place, user: User | None = None) -> Factor | None:
    """The passkey that an answer proves, if it is one of this person, or of anybody active."""
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        credential = parse_authentication_credential_json(answer)
        known = Factor.objects.select_related("user").filter(kind=FactorKind.PASSKEY, user__is_active=True)
        factor = known.filter(credential=bytes_to_base64url(credential.raw_id)).first()
        if factor is None or (user is not None and factor.user_id != user.pk):
            return None
        told = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=at.host,
            expected_origin=at.origin,
            credential_public_key=base64url_to_bytes(factor.secret),
            credential_current_sign_count=factor.counter,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return None
    before = factor.counter
    same = Factor.objects.filter(pk=factor.pk, counter=before)
    return factor if same.update(counter=told.new_sign_count, used_at=timezone.now()) else None


def _known(user: User) -> list["PublicKeyCredentialDescriptor"]:
    from webauthn import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    rows = Factor.objects.filter(user=user, kind=FactorKind.PASSKEY).values_list("credential", flat=True)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(row)) for row in rows if row]
