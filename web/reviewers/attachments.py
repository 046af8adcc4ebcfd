"""Rows as a download: complete, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import TypeVar

from django.contrib import messages
from django.db import models
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from database import portions

IN_MEMORY = 1_000_000
"""In bytes, the size up to which a file stays in memory."""

M = TypeVar("M", bound=models.Model)


def of_rows(
    request: HttpRequest,
    rows: models.QuerySet[M],
    *,
    lines: Callable[[Iterator[M]], Iterable[str]],
    most: int,
    page: str,
    name: str,
    content_type: str,
) -> HttpResponseBase:
    """Answer with a file of the lines that `lines` yields, or redirect to `page` when there are more rows than `most`.

    The file is complete before its first byte is sent, with its length. An error on the way is an error page, never a
    truncated file.
    """
    keys = portions.keys(rows, most=most + 1)
    if len(keys) > most:
        messages.error(request, f"A file holds at most {most:,} rows, and more match. Narrow the filters.")
        return redirect(f"{reverse(page)}?{request.GET.urlencode()}")
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the answer closes it
    file.writelines(line.encode() for line in lines(portions.read(rows, of=keys)))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=f"{content_type}; charset=utf-8")
