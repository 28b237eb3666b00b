"""A visitor of a real server: cookies, forms with their tokens, JSON; no browser."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from .serving import PASSWORD


@dataclass
class Answer:
    """What came back: status, headers by their names in small letters, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class _Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_given: Any) -> None:
        return None


@dataclass
class Visitor:
    """Somebody at a server."""

    url: str
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def ask(self, path: str, *, data: bytes | None = None, method: str = "", **headers: str) -> Answer:
        """One request; keyword arguments are headers with _ for -."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _Stay())
        request = urllib.request.Request(  # noqa: S310 - the address of our own server
            self.url + path, data=data, method=method or ("POST" if data is not None else "GET")
        )
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with opener.open(request, timeout=60) as response:
                return Answer(response.status, _lower(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _lower(error.headers), error.read())

    def token(self, path: str) -> str:
        """The token of the form of a page."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask(path).text)
        assert found, f"{path} holds no form"
        return found[1]

    def send(self, path: str, form: dict[str, str], *, at: str = "") -> Answer:
        """Send a form; `at` is the page that shows it where that is another address."""
        data = {"csrfmiddlewaretoken": self.token(at or path), **form}
        return self.ask(path, data=urllib.parse.urlencode(data).encode())

    def upload(self, path: str, form: dict[str, str], name: str, content: bytes) -> Answer:
        """Send a form with a file."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {"csrfmiddlewaretoken": self.token(path), **form}.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        head += "Content-Type: application/octet-stream\r\n\r\n"
        body = b"".join(parts) + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        return self.ask(path, data=body, Content_Type=f"multipart/form-data; boundary={boundary}")

    def sign_in(self, login: str, password: str = PASSWORD) -> Visitor:
        """Sign in; returns the visitor himself."""
        answer = self.send("/accounts/login/", {"login": login, "password": password})
        assert answer.status == 302, answer.text[-2000:]
        return self

    def post_json(self, path: str, value: Any, **headers: str) -> Answer:
        """Send JSON over the API with the session's token against forged requests."""
        token = next(c.value or "" for c in self.cookies if c.name == "csrftoken")
        return self.ask(
            path, data=json.dumps(value).encode(), Content_Type="application/json", X_CSRFToken=token, **headers
        )
