"""When something is away: the least and kindest answer, within two seconds, in both languages."""

import socket
from email.message import Message
from pathlib import Path

import pytest
from django.db import connection

from tests.served import free_port


def _is_kind(answer: tuple[int, Message, str, float]) -> None:
    status, headers, page, _seconds = answer
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "30", "no-store")
    assert "Your application is safe" in page
    assert "آپ کی درخواست محفوظ ہے" in page
    assert "Traceback" not in page
    assert "OperationalError" not in page


def test_a_database_that_is_gone_is_told_in_both_languages(served):
    ask = served(DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/gone")

    for path in ("/", "/status/EBN-AGZ-2G33/", "/in-process/?q=BO680724"):
        _is_kind(ask(path))
    assert ask("/healthz")[0] == 200
    assert ask("/readyz")[0] == 503


def test_a_database_that_never_answers_is_not_waited_for(served):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        ask = served(DATABASE_URL=f"postgres://nobody@127.0.0.1:{silent.getsockname()[1]}/silent")

        # Once is enough, as the machine may be busy with other things.
        for _ in range(10):
            answer = ask("/status/EBN-AGZ-2G33/")
            _is_kind(answer)
            if answer[3] < 2:
                break

    assert answer[3] < 2


@pytest.mark.django_db(transaction=True)
def test_look_ups_go_on_without_the_cache_and_are_limited_all_the_same(in_state, served):
    application = in_state()
    status, url = f"/status/{application.tracking_id}/", _address_of_the_database()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        for port in (free_port(), silent.getsockname()[1]):
            ask = served(
                REDIS_URL=f"redis://127.0.0.1:{port}/0",
                DATABASE_URL=url,
                DJANGO_SETTINGS_MODULE="tests.settings",
            )

            code, _headers, page, _seconds = ask(status)
            # Twenty within ten minutes; these may end, and the next begin, in between.
            others = [ask(status)[0] for _ in range(40)]

            assert (code, application.tracking_id in page) == (200, True)
            assert (others[:10], set(others[10:])) == ([200] * 10, {200, 429})


def _address_of_the_database() -> str:
    """Of that which this test runs on."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    return f"postgres://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def test_a_log_that_cannot_be_written_keeps_no_page_from_its_reader(served):
    with Path("/dev/full").open("w") as full:
        ask = served(stderr=full, DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/gone")

        _is_kind(ask("/"))
        assert ask("/healthz")[0] == 200


def test_a_fault_of_ours_is_told_without_a_trace(served, tmp_path):
    # A database that holds no table of ours: nobody ran the migrations.
    ask = served(DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")

    status, _headers, page, _seconds = ask("/")

    assert (status, "Traceback" in page) == (503, False)
