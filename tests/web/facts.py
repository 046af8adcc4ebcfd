"""The facts of a page as people read them."""

from __future__ import annotations

import re

PAIR = re.compile(r"<dt>([^<]+)</dt>\s*<dd>(.*?)</dd>", re.DOTALL)
BUTTON = re.compile(r"<button.*?</button>", re.DOTALL)


def pairs(page: str) -> dict[str, str]:
    """Return the values by their labels, as text without the buttons that copy them."""
    found = {label: re.sub(r"<[^>]*>", "", BUTTON.sub("", value)) for label, value in PAIR.findall(page)}
    return {label: " ".join(value.split()) for label, value in found.items()}
