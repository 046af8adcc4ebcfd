"""docs/limits.md, drawn from the tables of the limits: `python -m devtools.limits_page > docs/limits.md`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import django
from allauth.account import app_settings as account
from allauth.mfa import app_settings as mfa

from accounts.limits.table import DAY, HOUR, LIMITS, MINUTE, Limit

HEAD = """# Limits

Generated from `accounts/limits/table.py` and the library's settings by `python -m devtools.limits_page`; a test
compares the two.

Some things cost a worker, a foreign host, a mail or a row that is kept for good. Each may be done only so often. What
is too much is answered with 429, by the API in the envelope of every error and by pages with what was typed. Nothing is
stored, and a refused attempt does not count.

- `Retry-After` says in how many seconds to try again.
- `RateLimit-Policy: "drafts";q=300;w=3600` says what is allowed: 300 in 3600 seconds.
- `RateLimit: "drafts";r=12;t=1800` says what is left: 12, and in 1800 seconds all of it again.

The two last are the fields of
[draft-ietf-httpapi-ratelimit-headers](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/).
Successful answers have them as well, so that a client can slow down in time. A window begins with the first request
that counts.

The setting `LIMITS` gives limits other numbers, such as `LIMITS=drafts=600,runs=300`. `RATE_LIMITS=off` switches all of
them off, the library's too, and is for load tests only. What commands and workers do is never counted.
"""

LIBRARY_HEAD = """
## Signing in and accounts

The library for accounts counts these itself, in the cache, and their pages answer like the others. A limit is the
number, the time and what is counted together: `ip` is the address (the network for IPv6), `key` the account or
mail address, `user` the person.

| Limit | What is counted | Allowed |
| --- | --- | --- |
"""

AFTER = """
Wrong passwords are counted by account first, and one that has reached its limit no longer counts for the address. So
somebody who guesses the password of one account uses up 5 of the 20 that an address has in a minute, and does not keep
others behind it from signing in. The account itself waits five minutes at most; passkeys and GitHub go on.

## Not limited

- Requests with a wrong bearer token: nobody guesses a token, refusing one costs one indexed query, and a limit would
  keep good tokens behind the same address waiting.
- Reads of one draft, Connector, run or certificate by id or key: indexed, and pipelines poll them.
"""

LIBRARY = {
    "login": "Attempts to sign in",
    "login_failed": "Wrong passwords",
    "webauthn_login": "Attempts to sign in with a passkey",
    "signup": "Accounts created",
    "confirm_email": "Mails to confirm an address",
    "reset_password": "Mails to reset a password",
    "reset_password_from_key": "New passwords from such a mail",
    "change_password": "Passwords changed",
    "manage_email": "Addresses added, removed and made primary",
    "reauthenticate": "Attempts to prove again who one is",
}
"""The library's limits on what the portal offers, and what each counts."""

WINDOWS = {MINUTE: "a minute", HOUR: "an hour", DAY: "a day"}


def page() -> str:
    """Return the page as Markdown; Django must be set up."""
    rows = "".join(map(_row, LIMITS))
    head = "| Limit | What is counted | Together for one | Allowed | Why |\n| --- | --- | --- | --- | --- |\n"
    return f"{HEAD}\n## All limits\n\n{head}{rows}{LIBRARY_HEAD}{''.join(_library())}{AFTER}"


def _row(limit: Limit) -> str:
    return f"| `{limit.name}` | {limit.what} | {limit.per} | {_allowed(limit)} | {limit.reason} |\n"


def _allowed(limit: Limit) -> str:
    if not limit.seconds:
        return f"{limit.times} at a time"
    return f"{limit.times} in {WINDOWS.get(limit.seconds) or f'{limit.seconds // MINUTE} minutes'}"


def _library() -> Iterator[str]:
    known = {**account.RATE_LIMITS, **mfa.RATE_LIMITS}
    for name, what in LIBRARY.items():
        yield f"| `{name}` | {what} | {_rates(known[name].split(','))} |\n"


def _rates(rates: Iterable[str]) -> str:
    return ", ".join(f"`{rate.strip()}`" for rate in rates)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DEBUG", "on")
    django.setup()
    print(page(), end="")
