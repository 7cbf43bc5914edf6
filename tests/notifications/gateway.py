"""A real HTTP server of tests that answers as it is told and keeps what it was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Gateway:
    """Answers each request with `answers` in turn, then with the last."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.asked: list[dict] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                given = dict(parse_qsl(urlsplit(self.path).query))
                kind = self.headers.get("Content-Type", "")
                given |= json.loads(raw) if "json" in kind else dict(parse_qsl(raw.decode()))
                gateway.asked.append(given | {"_headers": dict(self.headers), "_method": self.command})
                answers = gateway.answers
                status, words = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                body = words.encode()
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *_what: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
