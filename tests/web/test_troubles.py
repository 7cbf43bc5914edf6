"""When something is away: the least and kindest answer, within two seconds, in both languages."""

import socket
from email.message import Message

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

        answer = ask("/status/EBN-AGZ-2G33/")

    _is_kind(answer)


def test_a_cache_that_is_gone_is_told_the_same_way(served):
    ask = served(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0", DATABASE_URL="")

    _is_kind(ask("/status/EBN-AGZ-2G33/"))


def test_a_fault_of_ours_is_told_without_a_trace(served, tmp_path):
    # A database that holds no table of ours: nobody ran the migrations.
    ask = served(DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")

    status, _headers, page, _seconds = ask("/")

    assert (status, "Traceback" in page) == (503, False)
