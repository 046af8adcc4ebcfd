"""The WSGI application of the portal."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_django = get_wsgi_application()

from accounts import installation  # noqa: E402 - settings are there only now
from config import content_type  # noqa: E402

if refusals := installation.refusals():
    raise ImproperlyConfigured(" ".join(refusals))
for problem in installation.problems():
    logging.getLogger("web").error("Not ready: %s", problem)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request."""
    if "CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = content_type.readable(environ["CONTENT_TYPE"], environ["REQUEST_METHOD"])
    return _django(environ, start_response)
