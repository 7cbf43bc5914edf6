"""Logs that a machine can read, with the request that each line belongs to."""

import io
import json
import logging

import pytest
from django.test import Client

from degreetrack.config.logs import Json, WithRequestId
from degreetrack.web.request_ids import current_id


@pytest.fixture
def lines():
    """What is logged while the test runs, as read back from JSON."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Json())
    handler.addFilter(WithRequestId())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_a_line_tells_time_level_logger_request_and_message(lines):
    logging.getLogger("degreetrack.test").warning("نمبر %s", 7)

    [line] = lines()
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "WARNING", "logger": "degreetrack.test", "request": "-", "message": "نمبر 7"}


def test_a_fault_brings_its_trace_in_the_same_line_without_the_values_in_its_words(lines):
    try:
        raise ValueError("invalid marks: '785' of 1100 (Ayesha)")
    except ValueError:
        logging.getLogger("degreetrack.test").exception("It failed")

    [line] = lines()
    assert line["trace"].splitlines()[-1] == "ValueError: invalid marks: … of … …"


@pytest.mark.django_db
def test_a_request_keeps_the_proxys_id_where_it_is_sound(lines, aiou):
    client = Client()

    assert client.get("/nowhere/", headers={"X-Request-ID": "proxy-0001"})["X-Request-ID"] == "proxy-0001"
    drawn = client.get("/nowhere/", headers={"X-Request-ID": "a\tb{}"})["X-Request-ID"]

    assert (len(drawn), drawn.isalnum()) == (16, True)
    assert [line["request"] for line in lines()] == ["proxy-0001", drawn]
    assert current_id() == "-"
