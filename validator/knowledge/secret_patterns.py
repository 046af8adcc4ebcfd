"""The formats of credentials: find them in any bytes, and mask them in text before it is shown.

Every pattern starts from a literal keyword. Searching for literals is fast on any file, and the expressions then see
only a few hundred bytes around each hit, so that no file can make them slow.
"""

# ruff: noqa: E501 - expressions are not wrapped where it hurts readability.
from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from validator.results import Severity

CHUNK = 1_000_000
"""How many bytes are searched at once; the next chunk overlaps by REACH so that nothing is cut in two."""

REACH = 4_096
"""No pattern reaches further than this from its keyword."""


@dataclass(frozen=True)
class Pattern:
    """One format: the `value` group of `regex` is the credential, or the whole match if there is no such group.

    `keywords` are the literal beginnings, lowercase letters when `folded` (then letter case does not matter). The match
    may begin `lead` bytes before its keyword. `keep` is how many of the value's first characters are public knowledge
    and may be shown. `accept` makes the final decision on a value.
    """

    id: str
    title: str
    keywords: tuple[bytes, ...]
    regex: re.Pattern[bytes]
    severity: Severity = Severity.ERROR
    lead: int = 0
    keep: int = 0
    folded: bool = False
    accept: Callable[[bytes], bool] = lambda value: True
    reach: int = 600


@dataclass(frozen=True)
class Match:
    """One credential in a file: where its value starts and ends, in bytes."""

    pattern: Pattern
    start: int
    end: int


def entropy(value: bytes) -> float:
    """Return Shannon's entropy in bits per character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values()) if value else 0.0


_WORDS = re.compile(
    rb"example|sample|dummy|placeholder|change_?-?me|replace|your[_-]|your(?=[A-Z])|my[_-]|insert|redacted|fake|mock|todo"
    rb"|lorem|foobar|xxxx|1234567|abcdef|0000000|testtest|secret[_-]|password|deadbeef|not[_-]?a[_-]?real|\.\.\.|\*\*\*",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    rb"^[$%<{\[(@#]|\$\{|\{\{|^process\.env|^os\.|^env[.(]|^(null|none|undefined|true|false)$|://", re.IGNORECASE
)


# Tokens from the platform's documentation, which are copied into many tests. They are split here, because this file is
# searched too.
_PUBLISHED = frozenset({b"vkFuQ6oTwj8_Ye4eiRSsqMeqLYNeQRJi", b"OWStLG0eaeVs7Yx3-mHcn8iAZohBohCiJSDdK1UCJ9U"})
# Identifiers that specifications, documentation and tools use as examples.
_EXAMPLE_IDS = frozenset(
    f"{start}-{end}".encode()
    for start, end in (
        ("123e4567-e89b-12d3", "a456-426614174000"),
        ("123e4567-e89b-12d3", "a456-426655440000"),
        ("550e8400-e29b-41d4", "a716-446655440000"),
        ("3fa85f64-5717-4562", "b3fc-2c963f66afa6"),
        ("f47ac10b-58cc-4372", "a567-0e02b2c3d479"),
        ("6ba7b810-9dad-11d1", "80b4-00c04fd430c8"),
        ("f81d4fae-7dec-11d0", "a765-00a0c91e6bf6"),
        ("a0eebc99-9c0b-4ef8", "bb6d-6bb9bd380a11"),
        ("9b1deb4d-3b7d-4bad", "9bdd-2b0d7b3dcb6d"),
        ("1b9d6bcd-bbfd-4b2d", "9b5d-ab8dfbbd4bed"),
    )
)
_UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Pronounceable words and short numbers with separators: `shop-token-value-123`.
_PIECE = (
    r"(?:(?=[a-z]*[aeiouy])[a-z]{2,12}|(?=[A-Z]*[AEIOUY])[A-Z]{2,12}"
    r"|(?=[A-Z][a-z]*[aeiouy]|[AEIOUY])[A-Z][a-z]{1,11}|\d{1,4})"
)
_SPOKEN = re.compile(f"{_PIECE}(?:[-_.:/]{_PIECE})+".encode())


def invented(value: bytes) -> bool:
    """Return whether the value is a placeholder for a real one: an example, a filler, a variable."""
    if value in _PUBLISHED or value.lower() in _EXAMPLE_IDS or _SPOKEN.fullmatch(value):
        return True
    return bool(_WORDS.search(value) or _REFERENCE.search(value)) or len(set(value)) < 6


def is_uuid(value: bytes) -> bool:
    """Return whether the value is a UUID, which is an identifier far more often than a credential."""
    return _UUID.fullmatch(value) is not None


def _real(value: bytes) -> bool:
    return not invented(value)


def _class(sign: int) -> int:
    if 48 <= sign <= 57:
        return 0
    return 1 if 97 <= sign <= 122 else 2 if 65 <= sign <= 90 else 3


def looks_random(value: bytes) -> bool:
    """Return whether the value looks generated: at least 16 characters, well mixed, high entropy.

    Names and words rarely switch between lowercase, uppercase and digits; keys do at every second character.
    """
    if len(value) < 16 or invented(value):
        return False
    kinds = [_class(sign) for sign in value]
    if 0 not in kinds or not ({1, 2} & set(kinds)):
        return False
    changes = sum(1 for one, two in pairwise(kinds) if one != two) / (len(value) - 1)
    hexadecimal = re.fullmatch(rb"[0-9a-fA-F]+", value) is not None
    return changes >= 0.28 and entropy(value) >= (2.9 if hexadecimal else 3.4)


_KEY_NAMES = (
    b"secret", b"passw", b"pwd", b"token", b"api_key", b"api-key", b"apikey", b"access_key", b"access-key", b"accesskey",
    b"auth_key", b"authkey", b"private_key", b"privatekey", b"encryption_key", b"encryptionkey", b"credential", b"hmac",
)  # fmt: skip

_GENERIC = re.compile(
    rb"""(?P<tail>[\w.-]{0,40})["'`]?\]?\s{0,3}
    (?: :\s?[A-Za-z]{1,20}\s?=  |  =>  |  :=  |  [=:,>]  )
    (?: \s{0,3}["'`](?P<quoted>[^\s"'`\\<>]{12,200})["'`]
      | [ \t]{0,3}(?P<bare>[A-Za-z0-9+/=_.~-]{16,200})(?=[\s;,<"']|$) )""",
    re.VERBOSE,
)


# `tokenUrl`, `secretName`, `hmacSignature` and similar describe a secret but are not one.
_NOT_THE_SECRET = re.compile(
    rb"(?i)(signature|names?|ids?|path|url|uri|host|endpoint|types?|fields?|label|header|prefix|suffix|length|count|title"
    rb"|description|message|text|status|format|version|file|folder|ref|arn|expir\w*|issuer|audience|at|pattern|reg_?exp?|policy)$"
)


def _generic(value: bytes) -> bool:
    # File names, paths, calls, checksums, versions, and expressions that describe valid passwords.
    if re.search(rb"\.[a-z]{2,4}$|^[./]|[a-z]\(|^(sha\d+|md5)-|^\d+\.\d+\.|\(\?[=!:]|\[[A-Za-z]-[A-Za-z]", value):
        return False
    return looks_random(value) and not is_name(value)


_PARTS = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[-_.:/]")
_SPEAKABLE = re.compile(rb"(?i)(?=.*[aeiouy])(?!.*[^aeiouy]{5})(?!.*[aeiou]{4})[a-z]{3,}")


def is_name(value: bytes) -> bool:
    """Return whether the value is composed of words: `ctpAccessTokenV2`, `PAYMENT_INTENT_V2_3DS`, `order-1234-paid`.

    Two thirds of its letters are in pronounceable words, four letters long on average, and at most a quarter of the
    value is digits. Fewer than one in a thousand random values of 32 letters and digits is mistaken for a name.
    """
    parts: list[bytes] = _PARTS.findall(value)
    if b"".join(parts) != value:
        return False
    has_small = any(97 <= byte <= 122 for byte in value)
    size = digits = joints = spoken = words = 0
    for n, part in enumerate(parts):
        if part in b"-_.:/":
            joints += 1
            continue
        alone = all(other in b"-_.:/" for other in (*parts[max(0, n - 1) : n], *parts[n + 1 : n + 2]))
        if part.isdigit():
            # A number between two separators belongs to names of every kind.
            size += 0 if alone else len(part)
            digits += 0 if alone else len(part)
            continue
        size += len(part)
        joints += n > 0 and part[:1].isupper() and part[1:].islower()
        if (alone or not has_small or part[-1:].islower()) and _SPEAKABLE.fullmatch(part):
            spoken += len(part)
            words += 1
    return joints > 0 and words > 0 and spoken >= 4 * words and 3 * spoken >= 2 * size and 4 * digits <= size


def _connection(value: bytes) -> bool:
    plain = {
        b"password",
        b"pass",
        b"passwd",
        b"secret",
        b"user",
        b"root",
        b"admin",
        b"postgres",
        b"guest",
        b"test",
        b"pw",
    }
    return value.lower() not in plain and not invented(value)


def _text(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode())


def _jwt(value: bytes) -> bool:
    return entropy(value) > 4.0


def _body(value: bytes) -> bool:
    """Return whether the match is one key: not an empty frame followed by something else, and not one repeated
    character."""
    key = value.rpartition(b"PRIVATE KEY")[2]
    letters = re.sub(rb"[^A-Za-z0-9]", b"", key[-80:])
    return b"-----END" not in value and b"-----BEGIN" not in key and len(set(letters)) >= 12


# A credential ends where its alphabet ends: more of the same characters would be a hash or a file's content.
_END = r"(?![A-Za-z0-9_])"
_START = r"(?<![A-Za-z0-9])"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        # Headers, quotes, a comment or a concatenation may be between the header and the first long run of the key.
        "private-key", "Private key", (b"-----BEGIN ",),
        re.compile(rb"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,400}?[A-Za-z0-9+/=]{40,3000}"),
        keep=11, accept=_body, reach=3_900,
    ),
    Pattern(
        "putty-private-key", "PuTTY private key", (b"PuTTY-User-Key-File-",),
        re.compile(rb"PuTTY-User-Key-File-[23]: [\w-]{3,40}\r?\nEncryption: [\s\S]{1,2000}?Private-Lines: \d{1,3}\s{1,2}"
                   rb"(?P<value>[A-Za-z0-9+/=]{20,64})"), reach=3_900,
    ),
    Pattern("age-secret-key", "age secret key", (b"AGE-SECRET-KEY-1",), _text(r"AGE-SECRET-KEY-1[0-9A-Z]{58}"), keep=16),
    Pattern(
        "aws-access-key-id", "AWS access key", (b"AKIA", b"ASIA", b"ABIA", b"ACCA"),
        _text(_START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"), keep=4, accept=_real,
    ),
    Pattern(
        "aws-secret-access-key", "AWS secret access key", (b"aws",),
        re.compile(rb"(?i)aws[\w.-]{0,20}(?:secret|sk)[\w.-]{0,30}[\"']?\s{0,3}(?:=>|:=|[=:,])(?:\s{0,3}[\"']|[ \t]{0,3})"
                   rb"(?P<value>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])"), folded=True, accept=looks_random,
    ),
    Pattern(
        "github-token", "GitHub token", (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
        _text(_START + r"gh[pousr]_[A-Za-z0-9]{36,255}" + _END), keep=4, accept=_real,
    ),
    Pattern(
        "github-fine-grained-token", "GitHub fine-grained token", (b"github_pat_",),
        _text(r"github_pat_[A-Za-z0-9_]{60,255}"), keep=11, accept=_real,
    ),
    Pattern(
        "gitlab-token", "GitLab token", (b"glpat-", b"gldt-", b"glrt-", b"glptt-", b"glsoat-"),
        _text(_START + r"(?:glpat|gldt|glrt|glptt|glsoat)-[A-Za-z0-9_-]{20,64}"), keep=6, accept=_real,
    ),
    Pattern(
        "slack-token", "Slack token", (b"xoxb-", b"xoxp-", b"xoxa-", b"xoxr-", b"xoxs-", b"xoxe-", b"xapp-"),
        _text(r"(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{20,250}"), keep=5, accept=_real,
    ),
    Pattern(
        "slack-webhook", "Slack webhook", (b"hooks.slack.com/",),
        _text(r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<value>[A-Za-z0-9+/]{30,120})"), accept=_real,
    ),
    Pattern(
        "discord-webhook", "Discord webhook", (b"discord.com/api/webhooks/", b"discordapp.com/api/webhooks/"),
        _text(r"discord(?:app)?\.com/api/webhooks/\d{15,21}/(?P<value>[A-Za-z0-9_-]{60,80})"), accept=_real,
    ),
    Pattern(
        "stripe-key", "Stripe secret key", (b"sk_live_", b"rk_live_", b"whsec_"),
        _text(_START + r"(?:[sr]k_live_[A-Za-z0-9]{16,247}|whsec_[A-Za-z0-9+/]{32,64})"), keep=8, accept=_real,
    ),
    Pattern(
        "stripe-test-key", "Stripe test key", (b"sk_test_", b"rk_test_"),
        _text(_START + r"[sr]k_test_[A-Za-z0-9]{16,247}"), Severity.WARNING, keep=8, accept=_real,
    ),
    Pattern(
        "google-api-key", "Google API key", (b"AIza",),
        _text(_START + r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"), Severity.WARNING, keep=4, accept=_real,
    ),
    Pattern(
        "google-oauth-secret", "Google OAuth client secret", (b"GOCSPX-",),
        _text(r"GOCSPX-[A-Za-z0-9_-]{28}"), keep=7, accept=_real,
    ),
    Pattern(
        "google-refresh-token", "Google OAuth token", (b"ya29.", b"1//0"),
        _text(_START + r"(?:ya29\.[A-Za-z0-9_-]{60,400}|1//0[A-Za-z0-9_-]{60,200})"), keep=4, accept=_real,
    ),
    Pattern(
        "azure-storage-key", "Azure storage or service bus key", (b"AccountKey=", b"SharedAccessKey="),
        _text(r"(?:AccountKey|SharedAccessKey)=(?P<value>[A-Za-z0-9+/]{42,86}={1,2})"), accept=_real,
    ),
    Pattern(
        "sendgrid-key", "SendGrid key", (b"SG.",),
        _text(_START + r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}" + _END), keep=3, accept=_real,
    ),
    Pattern(
        "mailgun-key", "Mailgun key", (b"key-",),
        _text(_START + r"key-[0-9a-f]{32}(?![0-9A-Za-z])"), keep=4, accept=_real,
    ),
    Pattern(
        "mailchimp-key", "Mailchimp key", (b"-us",),
        _text(r"(?<![0-9a-zA-Z])[0-9a-f]{32}-us\d{1,2}(?![0-9A-Za-z])"), lead=32, accept=_real,
    ),
    Pattern(
        "twilio-key", "Twilio API key", (b"SK",),
        _text(_START + r"SK[0-9a-f]{32}(?![0-9A-Za-z])"), keep=2, accept=_real,
    ),
    Pattern(
        "npm-token", "npm token", (b"npm_", b"_authToken"),
        _text(r"(?:" + _START + r"(?=npm_)|_authToken[ \t]{0,3}=[ \t]{0,3}[\"']?)(?P<value>npm_[A-Za-z0-9]{36}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
        keep=4, accept=_real,
    ),
    Pattern(
        "python-index-token", "Python package index token", (b"pypi-AgE",), _text(r"pypi-AgE[A-Za-z0-9_-]{60,250}"),
        keep=5, accept=_real,
    ),
    Pattern("docker-token", "Docker token", (b"dckr_pat_",), _text(r"dckr_pat_[A-Za-z0-9_-]{27}"), keep=9, accept=_real),
    Pattern(
        "shopify-token", "Shopify token", (b"shpat_", b"shpca_", b"shppa_", b"shpss_"),
        _text(r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}" + _END), keep=6, accept=_real,
    ),
    Pattern(
        "square-token", "Square token", (b"sq0atp-", b"sq0csp-", b"EAAA"),
        _text(_START + r"(?:sq0atp-[A-Za-z0-9_-]{22}|sq0csp-[A-Za-z0-9_-]{43}|EAAA[A-Za-z0-9_-]{60})(?![A-Za-z0-9_-])"),
        keep=4, accept=_real,
    ),
    Pattern(
        "braintree-token", "PayPal or Braintree access token", (b"access_token$",),
        _text(r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"), keep=13, accept=_real,
    ),
    Pattern(
        "adyen-key", "Adyen API key", (b"AQE",),
        _text(_START + r"AQE[a-z][A-Za-z0-9+/]{30,200}={0,2}-[A-Za-z0-9+/]{20,60}={0,2}-[ -!#-&(-~]{10,24}"),
        keep=3, accept=_real,
    ),
    Pattern(
        "mollie-key", "Mollie key", (b"live_", b"access_"),
        _text(_START + r"(?<!_)(?:live|access)_[A-Za-z0-9]{30,48}" + _END), keep=5, accept=looks_random,
    ),
    Pattern(
        "klaviyo-key", "Klaviyo private key", (b"pk_",),
        _text(_START + r"pk_[0-9a-f]{34}" + _END), keep=3, accept=_real,
    ),
    Pattern(
        "hubspot-token", "HubSpot token", (b"pat-na", b"pat-eu"),
        _text(_START + r"pat-(?:na|eu)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), keep=8, accept=_real,
    ),
    Pattern(
        "openai-key", "OpenAI key", (b"sk-",),
        _text(_START + r"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{16,120}T3BlbkFJ[A-Za-z0-9_-]{16,120}"), keep=3, accept=_real,
    ),
    Pattern("new-relic-key", "New Relic key", (b"NRAK-",), _text(r"NRAK-[A-Z0-9]{27}" + _END), keep=5, accept=_real),
    Pattern(
        "sentry-token", "Sentry token", (b"sntrys_", b"sntryu_"),
        _text(r"sntry(?:s_[A-Za-z0-9+/=_]{60,300}|u_[0-9a-f]{64})"), keep=7, accept=_real,
    ),
    Pattern(
        "telegram-token", "Telegram bot token", (b":AA",),
        _text(r"(?<![0-9])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"), lead=10, accept=_real,
    ),
    Pattern(
        "atlassian-token", "Atlassian token", (b"ATATT3", b"ATCTT3"), _text(r"AT[AC]TT3[A-Za-z0-9_=-]{100,220}"),
        keep=5, accept=_real,
    ),
    Pattern("postman-key", "Postman key", (b"PMAK-",), _text(r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"), keep=5, accept=_real),
    Pattern(
        "digitalocean-token", "DigitalOcean token", (b"dop_v1_", b"doo_v1_", b"dor_v1_"),
        _text(r"do[por]_v1_[0-9a-f]{64}"), keep=7, accept=_real,
    ),
    Pattern("linear-key", "Linear key", (b"lin_api_",), _text(r"lin_api_[A-Za-z0-9]{40}"), keep=8, accept=_real),
    Pattern(
        "commercetools-secret", "commercetools client secret", (b"client_secret", b"clientsecret", b"client-secret"),
        re.compile(rb"(?i)client[_-]?secret[\w.-]{0,20}[\"'`]?\]?\s{0,3}(?::\s?string\s?=|=>|:=|[=:,>])(?:\s{0,3}[\"'`]|[ \t]{0,3})"
                   rb"(?P<value>[A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])"), folded=True, accept=looks_random,
    ),
    Pattern(
        "connection-string", "Address with a password", (b"://",),
        re.compile(rb"(?<=[a-z])://(?!mailto:)[^\s:/@\"'`<>$\{]{1,80}:(?P<value>[^\s:/@\"'`<>$\{%]{6,100})"
                   rb"@(?!localhost|127\.0\.0\.1|[\w-]+[:/])[\w.-]{4,120}"), accept=_connection,
    ),
    Pattern(
        "json-web-token", "JSON web token", (b"eyJ",),
        _text(_START + r"eyJ[A-Za-z0-9_-]{14,1000}\.eyJ[A-Za-z0-9_-]{20,2000}\.[A-Za-z0-9_-]{40,700}"),
        Severity.WARNING, keep=3, accept=_jwt, reach=3_900,
    ),
    Pattern(
        "generic-secret", "Secret value", _KEY_NAMES, _GENERIC, folded=True, accept=_generic,
    ),
)  # fmt: skip


def find(data: bytes, *, tick: Callable[[], None] = lambda: None) -> Iterator[Match]:
    """Yield the credentials in a file in order, each once, the most specific format first.

    `tick` is called now and then, so that a caller can stop by raising.
    """
    for start in range(0, len(data) or 1, CHUNK):
        tick()
        offset = max(0, start - REACH)
        window = data[offset : start + CHUNK + REACH]
        rows = sorted(
            ((begin + offset, rank, end + offset) for rank, begin, end in _in_chunk(window, tick)),
            key=lambda row: row[:2],
        )
        kept: tuple[int, int, int] | None = None
        for row in rows:
            if kept is not None and row[0] < kept[2]:
                kept = min(kept, row, key=lambda r: r[1])
                continue
            yield from _own(kept, start)
            kept = row
        yield from _own(kept, start)


def _own(row: tuple[int, int, int] | None, start: int) -> Iterator[Match]:
    """Yield what begins in the chunk itself: the margins belong to the neighboring chunks."""
    if row is not None and start <= row[0] < start + CHUNK:
        yield Match(PATTERNS[row[1]], row[0], row[2])


def _in_chunk(window: bytes, tick: Callable[[], None]) -> Iterator[tuple[int, int, int]]:
    small = window.lower()
    for rank, pattern in enumerate(PATTERNS):
        text = small if pattern.folded else window
        for keyword in pattern.keywords:
            place = text.find(keyword)
            steps = 0
            while place >= 0:
                steps += 1
                if steps % 5_000 == 0:
                    tick()
                after = place + len(keyword)
                span = _match(pattern, window, place, after)
                if span is not None:
                    yield rank, *span
                    after = max(after, span[1])
                place = text.find(keyword, after)


def _match(pattern: Pattern, window: bytes, place: int, after: int) -> tuple[int, int] | None:
    end = min(len(window), place + pattern.reach)
    if pattern.regex is _GENERIC:
        hit = pattern.regex.match(window, after, end)
    elif pattern.lead:
        hit = pattern.regex.search(window, max(0, place - pattern.lead), end)
    else:
        hit = pattern.regex.match(window, place, end)
    if hit is None or (pattern.regex is _GENERIC and _NOT_THE_SECRET.search(hit["tail"])):
        return None
    group: str | int = next((name for name in ("value", "quoted", "bare") if hit.groupdict().get(name)), 0)
    return hit.span(group) if pattern.accept(hit.group(group)) else None


_QUOTED = re.compile(r"""(["'`])(?P<inside>[^"'`]{4,})\1(?!\s*:|\s*=>)""")
_RUN = re.compile(r"[A-Za-z0-9+/=_~.-]{16,}")
STARS = "********"


def stars(value: bytes, *, keep: int) -> str:
    """Return the public prefix of a credential, then asterisks; never more than a quarter of it."""
    return value[: min(keep, len(value) // 4)].decode("latin-1") + STARS


def mask(text: str) -> str:
    """Return the text with everything that is or could be a credential replaced by asterisks."""
    data = text.encode("utf-8", "surrogateescape")
    pieces, last = [], 0
    for match in find(data):
        pieces.append(data[last : match.start].decode("utf-8", "replace"))
        pieces.append(stars(data[match.start : match.end], keep=match.pattern.keep))
        last = match.end
    rest = data[last:].decode("utf-8", "replace")
    return _RUN.sub(lambda m: STARS if _is_chance(m[0].encode()) else m[0], "".join(pieces) + rest)


def _is_chance(run: bytes) -> bool:
    """Return whether a run of characters could be a credential; package names and identifiers are not."""
    return looks_random(run) and not is_name(run)


def mask_strings(text: str) -> str:
    """Return a line of code with its string contents replaced by asterisks, except keys of mappings."""
    return _QUOTED.sub(lambda m: f"{m[1]}{STARS}{m[1]}", mask(text))
