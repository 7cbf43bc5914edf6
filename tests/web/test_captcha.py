"""Digits in an image or spoken: bound to a token, five minutes, one answer."""

import io
import wave

import pytest
from django.core import signing
from django.http import Http404
from PIL import Image

from degreetrack.web import captcha


def test_the_right_digits_are_accepted_once():
    token = captcha.new()
    digits = captcha.digits(token)

    assert len(digits) == 5
    assert [captcha.is_right(token, digits), captcha.is_right(token, digits)] == [True, False]


def test_a_wrong_answer_uses_the_token_up():
    token = captcha.new()
    wrong = f"{(int(captcha.digits(token)) + 1) % 100_000:05}"

    assert [captcha.is_right(token, wrong), captcha.is_right(token, captcha.digits(token))] == [False, False]


def test_digits_differ_between_tokens():
    assert len({captcha.digits(captcha.new()) for _ in range(20)}) > 15


def test_urdu_digits_and_spaces_are_understood():
    token = captcha.new()
    urdu = captcha.digits(token).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))

    assert captcha.is_right(token, f" {urdu[:2]} {urdu[2:]} ") is True


def test_a_made_up_token_is_refused():
    assert captcha.is_right("made-up", "12345") is False
    assert captcha.is_right("", "") is False


def test_a_token_is_good_for_five_minutes(monkeypatch):
    token = captcha.new()
    digits = captcha.digits(token)
    made = int(signing.time.time())
    monkeypatch.setattr(signing.time, "time", lambda: made + 302)

    assert captcha.is_right(token, digits) is False


def test_the_image_is_large_enough_to_read_and_is_not_kept(client):
    answer = client.get(f"/captcha/{captcha.new()}.png")

    assert answer["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (240, 80)
    assert "no-store" in answer["Cache-Control"]


def test_the_digits_are_spoken_as_a_wave_file(client):
    answer = client.get(f"/captcha/{captcha.new()}.wav")

    assert answer["Content-Type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert 2 < sound.getnframes() / sound.getframerate() < 30


@pytest.mark.parametrize("ending", ["png", "wav"])
def test_a_made_up_token_has_neither_image_nor_sound(rf, ending):
    view = {"png": captcha.image, "wav": captcha.sound}[ending]

    with pytest.raises(Http404):
        view(rf.get("/"), token="made-up")


@pytest.mark.usefixtures("one_moment")
def test_speaking_has_a_limit(client, monkeypatch):
    monkeypatch.setattr(captcha, "SPOKEN", captcha.Limit("captcha-sound", 1, 60))
    address = f"/captcha/{captcha.new()}.wav"

    answers = [client.get(address) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert 1 <= int(answers[1]["Retry-After"]) <= 60
