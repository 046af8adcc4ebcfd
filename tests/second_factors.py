"""Second factors of people in tests: an authenticator app that is connected, and what it shows.

Only here a test reaches into django-allauth: it has no public function that turns a factor on, only pages. The tests of
signing in break when it changes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP

from accounts.models import User


def connect_app(user: User) -> str:
    """Connect an authenticator app and return its secret."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    """Return what an authenticator app shows now (RFC 6238)."""
    moment = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), moment, hashlib.sha1)
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFF_FFFF) % 1_000_000:06}"


def recovery_code(user: User) -> str:
    """Return the first of a person's recovery codes, which are made if there are none."""
    return str(RecoveryCodes.activate(user).get_unused_codes()[0])
