"""A small OpenID Connect provider on the loopback interface, which signs real tokens, and lies where it is told to."""

import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwk, jwt

ENDLESS_BYTES = 256 * 1024 * 1024
CLIENT, SECRET = "esos", "a secret of the test"


class Provider:
    """Signs in whoever ``claims`` name. ``lies`` replaces claims of the token, ``key`` signs it."""

    def __init__(self) -> None:
        self.key = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.header = {"alg": "RS256", "kid": "one"}
        self.be_honest()
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def be_honest(self) -> None:
        """Tell no lies, and sign in the first person."""
        self.signing = self.key
        self.claims: dict[str, object] = {"sub": "person-1"}
        self.lies: dict[str, object] = {}
        self.raw_token = self.says_issuer = ""
        self.asked: list[str] = []
        self.is_endless = False
        self.sent_bytes = 0

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, address: str) -> str:
        """What a browser is sent back with, after its owner agreed: the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_hex(8)
        self._codes[code] = asked
        return urlencode({"code": code, "state": asked["state"]})

    def token(self, form: dict[str, str]) -> dict[str, str] | None:
        asked = self._codes.pop(form.get("code", ""), None)
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        if asked is None or urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return None
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "nonce": asked["nonce"], "iat": now, "exp": now + 300}
        claims = {**said, **self.claims, **self.lies}
        token = self.raw_token or jwt.encode(self.header, claims, self.signing, algorithms=[self.header["alg"]])
        return {"id_token": token, "access_token": "x", "token_type": "Bearer"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                provider.asked.append(self.path)
                issuer = provider.issuer
                pages = {
                    "/.well-known/openid-configuration": {
                        "issuer": provider.says_issuer or issuer,
                        "authorization_endpoint": f"{issuer}/authorize",
                        "token_endpoint": f"{issuer}/token",
                        "jwks_uri": f"{issuer}/keys",
                    },
                    "/keys": {"keys": [provider.key.as_dict(private=False)]},
                }
                self._answer(pages.get(self.path))

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["content-length"])).decode()
                self._answer(provider.token({name: values[0] for name, values in parse_qs(form).items()}))

            def _answer(self, said: object) -> None:
                if provider.is_endless:
                    self._endless()
                    return
                body = json.dumps(said or {"error": "invalid_grant"}).encode()
                self.send_response(200 if said else 400)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _endless(self) -> None:
                self.send_response(200)
                self.end_headers()
                provider.sent_bytes = 0
                while provider.sent_bytes < ENDLESS_BYTES:
                    try:
                        self.wfile.write(b" " * 65_536)
                    except OSError:
                        return
                    provider.sent_bytes += 65_536

        return Handler
