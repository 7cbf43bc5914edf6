"""Second factors: codes by the standard, each taken once; recovery codes; who must have one."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ValidationError

from degreetrack.accounts import factors, sessions, totp, vault
from degreetrack.accounts.models import Factor, RecoveryCode, Role, User
from degreetrack.kit.refusals import Refused

NOW = datetime(2026, 3, 2, 9, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)


def code(secret: str, at: datetime) -> str:
    return totp.code_of(secret, totp.step_at(at))


def with_app(user: User, *, now: datetime = NOW) -> str:
    """Set up an app a step before; return its secret."""
    secret = totp.new_secret()
    factors.add_app(user, secret=secret, code=code(secret, now - STEP), name="phone", now=now)
    return secret


# Codes of apps


@pytest.mark.parametrize(
    ("seconds", "eight"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds, eight):
    secret = base64.b32encode(b"12345678901234567890").decode()

    assert totp.code_of(secret, seconds // 30) == eight[2:]


def test_a_code_holds_a_step_before_and_after_and_no_longer():
    secret = totp.new_secret()
    middle = totp.step_at(NOW)

    found = [totp.step_of(secret, totp.code_of(secret, middle + off), now=NOW) for off in (-2, -1, 0, 1, 2)]

    assert found == [None, middle - 1, middle, middle + 1, None]


def test_the_qr_holds_what_apps_take_in():
    told = totp.address("ABC", account="amna k", issuer="AIOU DTS")

    assert told == "otpauth://totp/AIOU%20DTS:amna%20k?secret=ABC&issuer=AIOU+DTS"


@pytest.mark.django_db
def test_a_code_is_taken_once_and_none_older_after_it(person):
    amna = person("scrutiny")
    secret = with_app(amna)

    assert factors.proved_by(amna, code(secret, NOW), now=NOW) == Factor.objects.get()
    assert factors.proved_by(amna, code(secret, NOW), now=NOW) is None
    assert factors.proved_by(amna, code(secret, NOW - STEP), now=NOW) is None
    assert factors.proved_by(amna, code(secret, NOW + STEP), now=NOW) == Factor.objects.get()


@pytest.mark.django_db
def test_the_code_that_set_an_app_up_does_not_sign_in(person):
    amna = person("scrutiny")
    secret = totp.new_secret()
    factors.add_app(amna, secret=secret, code=code(secret, NOW), name="phone", now=NOW)

    assert factors.proved_by(amna, code(secret, NOW), now=NOW) is None


@pytest.mark.django_db
def test_spaces_and_urdu_digits_are_understood(person):
    amna = person("scrutiny")
    digits = code(with_app(amna), NOW)
    typed = " ".join(chr(ord("۰") + int(digit)) for digit in digits)

    assert factors.proved_by(amna, typed, now=NOW) == Factor.objects.get()


@pytest.mark.django_db
def test_another_persons_code_and_nonsense_prove_nothing(person):
    amna, bilal = person("scrutiny"), person("scrutiny")
    secret = with_app(bilal)

    for typed in (code(secret, NOW), "", "123", "x" * 10, "é" * 6, "۰۰۰۰۰۰", "1234567890" * 9):
        assert factors.proved_by(amna, typed, now=NOW) is None


@pytest.mark.django_db
def test_an_app_with_another_code_is_not_set_up(person):
    with pytest.raises(Refused, match="not the code that the app shows now"):
        factors.add_app(person("scrutiny"), secret=totp.new_secret(), code="12345", name="", now=NOW)
    assert Factor.objects.count() == 0


@pytest.mark.django_db
def test_ten_factors_are_the_most(person):
    amna = person("scrutiny")
    for _ in range(10):
        with_app(amna)

    with pytest.raises(Refused, match="ten second factors"):
        with_app(amna)


# Secrets at rest


@pytest.mark.django_db
def test_the_secret_is_not_read_in_the_database_and_outlives_a_change_of_key(person, settings):
    amna = person("scrutiny")
    secret = with_app(amna)
    assert secret not in Factor.objects.get().secret

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-fifty-characters-and-more-0123456789"
    assert factors.secret_of(Factor.objects.get()) == secret

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(vault.Broken):
        factors.secret_of(Factor.objects.get())


@pytest.mark.django_db
def test_an_app_whose_key_is_gone_proves_nothing_and_a_recovery_code_still_does(person, settings, caplog):
    amna = person("scrutiny")
    secret, [recovery, *_more] = with_app(amna), factors.new_codes(amna)
    settings.SECRET_KEY = "another-key-of-fifty-characters-and-more-0123456789"

    assert factors.proved_by(amna, code(secret, NOW), now=NOW) is None
    assert caplog.messages == [
        f"Factor {Factor.objects.get().pk} was sealed with a key that is gone: its owner needs a new one."
    ]
    assert isinstance(factors.proved_by(amna, recovery, now=NOW), RecoveryCode)


def test_what_is_sealed_for_one_purpose_serves_no_other():
    sealed = vault.seal("text", purpose="one")

    assert vault.unseal(sealed, purpose="one") == "text"
    with pytest.raises(vault.Broken):
        vault.unseal(sealed, purpose="two")


# Recovery codes


@pytest.mark.django_db
def test_ten_recovery_codes_serve_once_each_and_only_their_hashes_are_kept(person):
    amna = person("scrutiny")
    codes = factors.new_codes(amna)
    assert (len(set(codes)), factors.codes_left(amna)) == (10, 10)
    assert not {row.digest for row in RecoveryCode.objects.all()} & {
        typed.replace("-", "")[1:] for typed in codes
    }

    first = codes[3]
    assert isinstance(factors.proved_by(amna, first.lower().replace("-", " ")), RecoveryCode)
    assert factors.proved_by(amna, first) is None
    assert factors.codes_left(amna) == 9


@pytest.mark.django_db
def test_a_new_set_ends_the_old_one(person):
    amna = person("scrutiny")
    old = factors.new_codes(amna)
    factors.new_codes(amna)

    assert factors.proved_by(amna, old[0]) is None
    assert factors.codes_left(amna) == 10


# Who must have one


@pytest.mark.django_db
def test_supervisors_controller_auditors_and_superusers_must_have_one(person, settings):
    must = {
        role
        for role in Role
        if role not in ("applicant", "clock", "ledger") and factors.must_have(person(role))
    }
    assert must == {Role.SUPERVISOR, Role.CONTROLLER, Role.AUDITOR}
    assert factors.must_have(person("scrutiny", supervisor=True))
    assert factors.must_have(person("scrutiny", is_superuser=True))

    settings.SECOND_FACTOR = "all"
    assert factors.must_have(person("scrutiny"))


@pytest.mark.django_db
def test_who_must_have_one_keeps_the_last_and_others_lose_the_codes_with_it(person):
    amna, chief = person("scrutiny"), person("controller")
    for one in (amna, chief):
        with_app(one)
        factors.new_codes(one)

    factors.remove(amna.factors.get())
    with pytest.raises(Refused, match="add another one first"):
        factors.remove(chief.factors.get())

    assert [factors.has_any(one) for one in (amna, chief)] == [False, True]
    assert [factors.codes_left(one) for one in (amna, chief)] == [0, 10]


# Sessions in time


def minutes(number: float) -> datetime:
    return NOW + timedelta(minutes=number)


def test_a_session_ends_when_it_is_left_alone_and_after_a_working_day(settings):
    session = SessionStore()
    sessions.begin(session, second=False, now=NOW)
    assert [sessions.is_over(session, now=minutes(m)) for m in (59, 60)] == [False, True]

    session["seen"] = int(minutes(719).timestamp())
    assert [sessions.is_over(session, now=minutes(m)) for m in (719, 720)] == [False, True]


def test_a_session_for_thirty_days_may_rest_and_ends_then():
    session = SessionStore()
    sessions.begin(session, second=False, lasting=True, now=NOW)

    assert [sessions.is_over(session, now=minutes(60 * 24 * d)) for d in (29, 30)] == [False, True]


def test_a_proof_is_fresh_for_a_quarter_of_an_hour():
    session = SessionStore()
    assert not sessions.is_fresh(session, now=NOW)
    sessions.prove(session, second=True, now=NOW)

    assert [sessions.is_fresh(session, now=minutes(m)) for m in (14, 15)] == [True, False]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_addresses_are_shortened(address, network):
    assert sessions.network(address) == network


# Passwords


TRIED = {
    "four-words-x": [],
    "zebra-kiln7": ["password_too_short"],
    "Password1234": ["password_too_common", "password_guessable"],
    "qwertyuiop[]": ["password_too_common", "password_guessable"],
    "iloveyou12345": ["password_guessable"],
    "abcabcabcabc": ["password_guessable"],
    "AllamaIqbal2026": ["password_guessable"],
    "amna.siddiqa.1": ["password_too_similar", "password_guessable"],
    "123456789012": ["password_guessable"],
    "خاموش دریا سبز پہاڑ": [],
    "correct horse battery " * 6: ["password_too_long"],
}


def _faults(password: str, user: User) -> list[str | None]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [one.code for one in error.error_list]
    return []


@pytest.mark.django_db
def test_guessable_passwords_are_refused_offline(aiou, person):
    amna = person("scrutiny", username="amna.siddiqa", first_name="Amna", last_name="Siddiqa")

    assert {password: _faults(password, amna) for password in TRIED} == TRIED


@pytest.mark.django_db
def test_one_spelling_of_a_letter_is_as_good_as_the_other(person):
    amna = person("scrutiny")
    amna.set_password("ca\u0301fe\u0301 \ufb01ve")

    assert amna.check_password("c\u00e1f\u00e9 five")
    assert not amna.check_password("cafe five")


def test_argon2_works_at_least_as_hard_as_owasp_asks():
    hasher = Argon2PasswordHasher()

    assert hasher.memory_cost >= 19 * 1024
    assert hasher.time_cost >= 2


@pytest.mark.django_db
def test_rows_name_themselves(person):
    amna = person("scrutiny", username="amna")
    with_app(amna)
    factors.new_codes(amna)

    assert str(Factor.objects.get()) == "Authenticator app phone of amna"
    assert str(RecoveryCode.objects.get(place=3)) == "recovery code 3 of amna"
