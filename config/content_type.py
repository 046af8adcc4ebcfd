"""Normalize the charset of requests. Django accepts any codec's name, including codecs that cannot decode text."""

from __future__ import annotations

import codecs
import contextlib

from django.utils.http import parse_header_parameters

FORM = "application/x-www-form-urlencoded"


def readable(content_type: str, method: str) -> str:
    """Return the content type that Django gets to see, so that query and form are read as UTF-8.

    Only a URL-encoded form of another charset keeps one: Django refuses it.
    """
    if ";" not in content_type:
        return content_type
    try:
        kind, parameters = parse_header_parameters(content_type)
    except ValueError:
        return content_type.partition(";")[0]
    if "charset" not in content_type.lower():
        return content_type
    if kind == FORM and method == "POST" and not _is_utf8(parameters.get("charset", "")):
        return f"{kind}; charset=latin-1"
    return f'{kind}; boundary="{parameters["boundary"]}"' if "boundary" in parameters else kind


def _is_utf8(charset: str) -> bool:
    with contextlib.suppress(LookupError, ValueError):
        return codecs.lookup(charset).name == "utf-8"
    # There is no such charset: ignore it.
    return True
