"""Text that somebody else chose, as a mail may contain it: readable, without effect, and nothing to select.

Mail programs make a link of anything that looks like an address of the web. A mail from the portal must not carry the
links of strangers, so what would become one is taken apart as people do who write about phishing: `https[:]//`,
`evil[.]example`. Subjects and headers contain keys and tags only, and no other text of anybody.
"""

from __future__ import annotations

import re
import unicodedata

NEW_TAG = "new tag"
KEY = re.compile(r"[A-Za-z0-9_-]{1,256}")
TAG = re.compile(r"[A-Za-z0-9._-]{1,64}")
ADDRESS = re.compile(r"(?!www\.)[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.IGNORECASE)

DOTS = ".\u3002\uff0e\uff61"
"""The characters that separate the labels of a host name (RFC 3490, section 3.1)."""

_SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*)\s*[:\uff1a](?=\s*[/\\\\\uff0f]{2})")
_OTHER_SCHEME = re.compile(r"(?i)\b(mailto|javascript|vbscript|data|file|tel|sms|callto|skype|ftp|magnet)\s*:(?=\S)")
_DOTTED = re.compile(rf"[\w-]+(?:[{DOTS}][\w-]+)+")
_NO_DOMAINS = frozenset(
    {"bat", "cfg", "class", "css", "csv", "gradle", "html", "ini", "java", "js", "json", "jsx", "kt", "lock", "mjs"}
    | {"log", "php", "rb", "sql", "svg", "toml", "ts", "tsx", "txt", "vue", "xml", "yaml", "yml"}
)
"""Endings of files that are no top-level domains (IANA root zone database), so that nothing links them."""

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def cleaned(text: str) -> str:
    """Return a text without characters that are invisible or change the direction of reading; its lines stay."""
    lines = "\n".join(re.split(r"\r\n|[\r\n\u2028\u2029]", text)).replace("\t", " ")
    return "".join(char for char in lines if char == "\n" or unicodedata.category(char) not in _INVISIBLE)


def unlinked(text: str) -> str:
    """Return a text cleaned, in which nothing is left that a mail program makes a link of."""
    apart = _OTHER_SCHEME.sub(r"\1[:]", _SCHEME.sub(r"\1[:]", cleaned(text)))
    return _DOTTED.sub(_without_host, apart)


def name(text: str) -> str:
    """Return a name on one line, shortened, without anything that becomes a link."""
    line = " ".join(unlinked(text).split())
    return line if len(line) <= 100 else f"{line[:99]}…"


def address(text: str) -> str:
    """Return an e-mail address as it is, or unlinked where it also looks like an address of the web."""
    return text if ADDRESS.fullmatch(text) else name(text)


def key(text: str, *, otherwise: str) -> str:
    """Return the key of a Connector or a Project, or `otherwise` for anything but letters, digits, - and _."""
    return text if KEY.fullmatch(text) else otherwise


def tag(text: str) -> str:
    """Return a tag of letters, digits, dots, - and _ that is no host name, else `new tag`."""
    return text if TAG.fullmatch(text) and unlinked(text) == text else NEW_TAG


def quoted(text: str) -> str:
    """Return what somebody wrote, unlinked, with a mark before each line."""
    return "\n".join(f"> {line}".rstrip() for line in unlinked(text).strip().split("\n"))


def _without_host(found: re.Match[str]) -> str:
    last = re.split(f"[{DOTS}]", found.group())[-1]
    if len(last) < 2 or not any(map(str.isalpha, last)) or last.lower() in _NO_DOMAINS:
        return found.group()
    return re.sub(f"[{DOTS}]", "[.]", found.group())
