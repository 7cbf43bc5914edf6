"""Where the drill's processes are born: `python -m drills.nursery LOG`, a line of words on its input each.

`degreetrack worker` and `granian ...` run as they do from a shell, each in a group of its own, but forked
from a process that has imported the code already: that takes 50 ms, not a second and a half, so that most
kills hit work, not imports. Each answer is the process's number.
"""

import os
import runpy
import signal
import sys
from importlib import import_module
from typing import NoReturn

import django


def _become(words: list[str], log: int) -> NoReturn:
    """Be that command, in the child."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.argv = words
        if words[0] == "granian":
            runpy.run_module("granian", run_name="__main__", alter_sys=True)
        else:
            import_module("degreetrack.config.console").main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Import what all need, then fork for each line."""
    django.setup()
    for name in ("config.urls", "config.wsgi", "config.management.commands.worker", "records.services"):
        import_module(f"degreetrack.{name}")
    # Nobody waits for them: they are killed.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    log = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(line.split(), log)
        print(child, flush=True)


if __name__ == "__main__":
    main()
