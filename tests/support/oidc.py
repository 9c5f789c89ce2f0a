"""A provider of OpenID Connect: real HTTP on 127.0.0.1, with discovery, keys, and the code flow
with PKCE.

It asks nobody for a password: who signs in next is ``provider.person``. ``provider.tricks`` are
what it does wrong.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.serving import Serving

CLIENT, SECRET = "beatwright", "for tests only"
Answer = dict[str, Any]


class Provider(Serving):
    """``claims`` of the person who signs in; ``tricks``: silent, drips, garbage, empty, huge,
    unsigned, other_key, other_nonce, other_audience, other_issuer, expired, no_token,
    other_subject, symmetric."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "1",
            "email": "ana@example.org",
            "email_verified": True,
        }
        self.tricks: set[str] = set()
        self.asked: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.key, self.another = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)
        )
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads = True
        server.provider = self  # type: ignore[attr-defined]  # how a handler finds it
        super().__init__(server)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.tricks.clear()  # nobody waits for an answer any longer
        super().__exit__(kind, error, traceback)

    def discovery(self) -> Answer:
        endpoints = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        found = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in endpoints.items()}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **found}

    def keys(self) -> Answer:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "1", "alg": "RS256", "use": "sig"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to, with a code."""
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str]) -> Answer:
        """For a code, once, and with the verifier that belongs to it."""
        asked = self.codes.pop(sent.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(
            sha256(sent.get("code_verifier", "").encode()).digest()
        ).rstrip(b"=")
        if (
            asked is None
            or challenge.decode() != asked["code_challenge"]
            or sent.get("client_secret") != SECRET
        ):
            return {"error": "invalid_grant"}
        token = secrets.token_urlsafe(16)
        self.tokens[token] = self.person
        id_token = {} if "no_token" in self.tricks else {"id_token": self.signed(asked)}
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300, **id_token}

    def signed(self, asked: dict[str, str]) -> str:
        nonce = "another" if "other_nonce" in self.tricks else asked["nonce"]
        claims = self.person | {"nonce": nonce, "iat": int(time.time())}
        claims["exp"] = int(time.time()) + (-300 if "expired" in self.tricks else 300)
        claims["aud"] = "another" if "other_audience" in self.tricks else CLIENT
        claims["iss"] = "http://another.invalid" if "other_issuer" in self.tricks else self.url
        if "unsigned" in self.tricks:
            return jwt.encode(claims, None, algorithm="none", headers={"kid": "1"})  # type: ignore[arg-type]
        if "symmetric" in self.tricks:
            return jwt.encode(claims, SECRET * 4, algorithm="HS256", headers={"kid": "1"})
        key = self.another if "other_key" in self.tricks else self.key
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "1"})

    def userinfo(self, token: str) -> Answer:
        person = self.tokens.get(token, {})
        return person | {"sub": "another"} if "other_subject" in self.tricks else person


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def provider(self) -> Provider:
        return cast("Provider", self.server.provider)  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/authorize":
            self._send(302, b"", Location=self.provider.authorize(asked))
            return
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        pages: dict[str, Callable[[], Answer]] = {
            "/.well-known/openid-configuration": self.provider.discovery,
            "/keys": self.provider.keys,
            "/userinfo": lambda: self.provider.userinfo(bearer),
        }
        self._answer(pages[address.path]())

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        sent = {
            name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()
        }
        self._answer(self.provider.token(sent))

    def _answer(self, answer: Answer) -> None:
        tricks = self.provider.tricks
        if "silent" in tricks or "drips" in tricks:
            self._keep_waiting("drips" in tricks)
        elif "garbage" in tricks:
            self._send(200, b"<html>hello</html>")
        elif "huge" in tricks:
            self._send(200, b'{"issuer": "' + b"x" * 5_000_000 + b'"}')
        else:
            self._send(
                400 if "error" in answer else 200,
                b"{}" if "empty" in tricks else json.dumps(answer).encode(),
            )

    def _keep_waiting(self, drips: bool) -> None:
        self.close_connection = True
        if drips:
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                b"100000\r\n\r\n"
            )
        for _ in range(600):
            if not self.provider.tricks:
                return
            time.sleep(0.1)
            if drips:
                self.wfile.write(b" ")
                self.wfile.flush()

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""
