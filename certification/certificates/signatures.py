"""Signatures of certificates: Ed25519 in a compact JWS (RFC 7515, 8037), and the public keys to verify them (RFC 7517).

With a signed certificate and the keys, anyone can verify it offline. The first key signs; the others are published
so that what they signed stays verifiable. Without CERTIFICATE_KEYS they are derived from SECRET_KEY and its fallbacks.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from accounts import sealing

PURPOSE = "signature of certificates"
TYPE = "connector-certificate+jws"
"""The `typ` of each signature, so that it cannot be used as another kind of token (RFC 8725, 3.11)."""


@dataclass(frozen=True)
class Key:
    """A key pair, derived from 32 secret bytes."""

    secret: bytes

    @property
    def id(self) -> str:
        """Return the thumbprint of the public half (RFC 7638), which names the key."""
        return _text(hashlib.sha256(_json(self._public())).digest())

    def public(self) -> dict[str, str]:
        """Return the public half as a JWK."""
        return {**self._public(), "kid": self.id, "use": "sig", "alg": "EdDSA"}

    def _public(self) -> dict[str, str]:
        """Return the members of the public key that the thumbprint covers, in its order."""
        return {"crv": "Ed25519", "kty": "OKP", "x": _text(self._private().public_key().public_bytes_raw())}

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)

    def sign(self, payload: bytes, *, header: Mapping[str, str]) -> str:
        """Return header, payload and signature in the compact serialization, as one line of text."""
        signed = f"{_text(_json(header))}.{_text(payload)}"
        return f"{signed}.{_text(self._private().sign(signed.encode('ascii')))}"


def keys() -> list[Key]:
    """Return the keys, the one that signs first."""
    secrets = settings.CERTIFICATE_KEYS or [
        sealing.derive(secret, purpose=PURPOSE) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return [Key(secret) for secret in secrets]


def sign(document: Mapping[str, Any]) -> str:
    """Return a document as a signed line of text."""
    key = keys()[0]
    return key.sign(_json(document), header={"alg": "EdDSA", "cty": "json", "kid": key.id, "typ": TYPE})


def key_set() -> dict[str, list[dict[str, str]]]:
    """Return the public keys as a JWK set."""
    return {"keys": [key.public() for key in keys()]}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
