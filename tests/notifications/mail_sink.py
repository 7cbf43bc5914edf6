"""A mail server of its own process that writes a line for each e-mail it takes.

`python -m tests.notifications.mail_sink PORT LOG [DELAY]`: each line is the connection and the text; the
answer to each e-mail comes after so many seconds.
"""

import asyncio
import itertools
import sys
from typing import TextIO

from aiosmtpd.smtp import SMTP


class Sink:
    """Takes everything, and answers after a while."""

    def __init__(self, file: TextIO, connection: int, delay: float) -> None:
        self.file, self.connection, self.delay = file, connection, delay

    async def handle_DATA(self, server, session, envelope) -> str:
        """Write its words on one line."""
        words = " ".join(envelope.content.decode("utf-8", "replace").split())
        self.file.write(f"{self.connection} {words}\n")
        await asyncio.sleep(self.delay)
        return "250 OK"


async def serve(port: int, file: TextIO, delay: float = 0) -> None:
    """Serve until killed."""
    numbers = itertools.count(1)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Sink(file, next(numbers), delay), hostname="sink"), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    with open(sys.argv[2], "a", buffering=1) as log:  # noqa: PTH123
        asyncio.run(serve(int(sys.argv[1]), log, float((sys.argv[3:] or ["0"])[0])))
