"""How vendors sign their webhooks: written apart from the adapters' checks, so that each can fail.

Only MACs are here. What they are taken over is each vendor's business, but for Twilio's and
Vonage's, which are long enough to be read alone.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from sandbox.adapters.wire import json_body


def hex_mac(secret: str, message: bytes, algorithm: str = "sha256") -> str:
    """An HMAC in hexadecimal digits."""
    return _mac(secret, message, algorithm).hex()


def base64_mac(secret: str, message: bytes, algorithm: str = "sha256") -> str:
    """An HMAC in base64."""
    return base64.b64encode(_mac(secret, message, algorithm)).decode("ascii")


def basic(user: str, password: str) -> str:
    """The value of an `Authorization` header with name and password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def twilio_mac(url: str, fields: Iterable[tuple[str, str]], auth_token: str) -> str:
    """Twilio's signature of a form: over the address, then each name with its value, in order."""
    signed = url
    for name, value in sorted(set(fields)):
        signed += name + value
    return base64_mac(auth_token, signed.encode(), "sha1")


def vonage_token(body: bytes, secret: str, now_s: int, api_key: str, token_id: str) -> str:
    """Vonage's token of a webhook: HS256, fresh, with the hash of the body."""
    claims = {
        "iat": now_s,
        "jti": token_id,
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": api_key,
        "application_id": "00000000-0000-4000-8000-000000000003",
    }
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_base64url(_mac(secret, signed.encode('ascii'), 'sha256'))}"


def _part(value: object) -> str:
    return _base64url(json_body(value))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _mac(secret: str, message: bytes, algorithm: str) -> bytes:
    return hmac.new(secret.encode(), message, algorithm).digest()
