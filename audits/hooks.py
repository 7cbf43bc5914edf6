"""What schemathesis needs to know: each payment is signed as a bank signs it."""

import hashlib
import hmac
import time

import requests
import schemathesis
from requests.auth import AuthBase

from audits.demo import PAYMENT_SECRET


class Signed(AuthBase):
    """Sign the body as it goes over the line."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        sent = str(int(time.time()))
        request.headers["X-Timestamp"] = sent
        whole = body.encode() if isinstance(body, str) else body
        drawn = hmac.new(PAYMENT_SECRET.encode(), sent.encode() + b"." + whole, hashlib.sha256).hexdigest()
        request.headers["X-Signature"] = f"sha256={drawn}"
        return request


schemathesis.auth.set_from_requests(Signed()).apply_to(path_regex="payments")
