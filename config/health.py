"""Endpoints for load balancers, container engines and monitoring: `/healthz`, `/readyz` and `/metrics`.

They are answered before everything else, under any host name and without HTTPS, because probes know the machine and not
the portal's name. Only the metrics are confidential, and need a token.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from accounts import installation
from config import metrics

logger = logging.getLogger(__name__)

ALIVE, READY, METRICS = "/healthz", "/readyz", "/metrics"
NO_STORE = {"Cache-Control": "no-store"}


def answer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answers the three paths; passes everything else on."""
    views = {ALIVE: alive, READY: ready, METRICS: numbers}

    def handle(request: HttpRequest) -> HttpResponse:
        view = views.get(request.path_info) if request.method in {"GET", "HEAD"} else None
        return view(request) if view else get_response(request)

    return handle


def text(content: str, *, status: int = 200) -> HttpResponse:
    """Return a plain-text response that is not cached."""
    return HttpResponse(content + "\n", content_type="text/plain; charset=utf-8", status=status, headers=NO_STORE)


def alive(request: HttpRequest) -> HttpResponse:
    """Report that the process answers, and nothing else, so that an unavailable database restarts no web server."""
    return text("alive")


def ready(request: HttpRequest) -> HttpResponse:
    """Check whether requests can be served: settings, database, migrations, cache, static files. 503 lists problems."""
    if problems := installation.problems():
        return text(problems[0], status=503)
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        logger.warning("Not ready: the database does not answer.", exc_info=True)
        return text("the database does not answer", status=503)
    if missing:
        return text(f"{len(missing)} migrations are missing: run manage.py migrate", status=503)
    try:
        cache.get("ready")
    except Exception:
        logger.warning("Not ready: the cache does not answer.", exc_info=True)
        return text("the cache does not answer", status=503)
    if isinstance(staticfiles_storage, ManifestFilesMixin) and not staticfiles_storage.hashed_files:
        return text("static files are missing: run manage.py collectstatic and start again", status=503)
    return text("ready")


def numbers(request: HttpRequest) -> HttpResponse:
    """Return the metrics of `config.metrics` for a valid token; off without METRICS_TOKEN."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not settings.METRICS_TOKEN:
        return text("METRICS_TOKEN is not set", status=404)
    if scheme.lower() != "bearer" or not constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        refused = text("send METRICS_TOKEN as a bearer token", status=401)
        refused["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refused
    try:
        return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE, headers=NO_STORE)
    except DatabaseError:
        logger.warning("No metrics: the database does not answer.", exc_info=True)
        return text("the database does not answer", status=503)
