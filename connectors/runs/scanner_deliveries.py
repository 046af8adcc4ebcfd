"""Call scanners with a webhook, and wait for the SARIF that they post back.

The callback URL contains a signed token with the run, the scanner and the request; it expires with the scanner's time
limit and accepts one answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import httpx
from django.conf import settings
from django.core import signing
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, transaction
from django.urls import reverse
from django.utils import timezone

from connectors.models import ScannerDelivery, ValidationRun
from connectors.runs import runs
from validator import sarif
from validator.findings import DidNotRun
from validator.process import StoppedError
from validator.scanners import MAX_SECONDS

logger = logging.getLogger(__name__)

ASK_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.5


class Unknown(Exception):
    """The token is not one of ours."""


class Over(Exception):
    """The answer is no longer expected."""


class Taken(Exception):
    """The answer has already been received."""


class Unusable(Exception):
    """The answer is not SARIF; the text may be shown."""


@dataclass(frozen=True)
class Deliveries:
    """The scanner requests of one run, for the engine."""

    run_id: UUID

    def ask(
        self,
        scanner: str,
        *,
        webhook: str,
        url: str,
        tag: str,
        commit: str,
        seconds: float,
        stop: Callable[[], bool],
    ) -> bytes:
        """Notify the scanner of a commit, and return the SARIF that it posts back within `seconds`.

        Raises DidNotRun with a sentence, and StoppedError when `stop` returns true.
        """
        give_up_at = time.monotonic() + seconds
        delivery = self._open(scanner, seconds=seconds)
        try:
            callback = settings.PUBLIC_URL + reverse("scanner_delivery", args=[_token(delivery)])
            question = {"run": str(self.run_id), "url": url, "tag": tag, "commit": commit, "callback": callback}
            _tell(scanner, webhook, question, seconds=min(ASK_SECONDS, seconds))
            return _wait(delivery, give_up_at=give_up_at, seconds=seconds, stop=stop)
        finally:
            with suppress(DatabaseError):
                ScannerDelivery.objects.filter(pk=delivery.pk).delete()

    def _open(self, scanner: str, *, seconds: float) -> ScannerDelivery:
        """Open a request, closing one that an earlier attempt left open. StoppedError for a dropped run."""
        now = timezone.now()
        ScannerDelivery.objects.filter(expires_at__lt=now).delete()
        with transaction.atomic():
            if not runs.hold(self.run_id):
                raise StoppedError
            ScannerDelivery.objects.filter(run=self.run_id, scanner=scanner).delete()
            return ScannerDelivery.objects.create(
                run_id=self.run_id, scanner=scanner, asked_at=now, expires_at=now + timedelta(seconds=seconds)
            )


def waiting(token: str, *, now: datetime) -> ScannerDelivery:
    """Return the request for a token; raises Unknown, Over or Taken."""
    try:
        signed = _signer().unsign_object(token, max_age=MAX_SECONDS)
        key = UUID(signed["delivery"])
    except signing.SignatureExpired as error:
        raise Over from error
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise Unknown from error
    delivery = (
        ScannerDelivery.objects.defer("content")
        .filter(pk=key, run=signed["run"], scanner=signed["scanner"], run__state=ValidationRun.State.RUNNING)
        .first()
    )
    if delivery is None or delivery.expires_at <= now:
        raise Over
    if delivery.received_at is not None:
        raise Taken
    return delivery


def receive(delivery: ScannerDelivery, data: bytes, *, now: datetime) -> None:
    """Store the answer; raises Unusable if it is not SARIF, Taken if another one was faster.

    SARIF that reports a failure of its tool is an answer too: the check then did not run.
    """
    try:
        sarif.read(data)
    except sarif.ScannerFailedError:
        pass
    except sarif.SarifError as error:
        raise Unusable(str(error)) from error
    rows = ScannerDelivery.objects.filter(pk=delivery.pk, received_at=None)
    if not rows.update(received_at=now, content=data):
        raise Taken


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt="connectors.deliveries")


def _token(delivery: ScannerDelivery) -> str:
    about = {"run": str(delivery.run_id), "scanner": delivery.scanner, "delivery": str(delivery.pk)}
    return _signer().sign_object(about)


def _tell(scanner: str, webhook: str, question: dict[str, str], *, seconds: float) -> None:
    try:
        answer = httpx.post(webhook, json=question, timeout=seconds, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning("The scanner %s cannot be called: %s", scanner, error)
        raise DidNotRun(f"The scanner {scanner} could not be reached.") from error
    if not answer.is_success:
        logger.warning("The scanner %s answered %d.", scanner, answer.status_code)
        raise DidNotRun(f"The scanner {scanner} refused the commit with the status {answer.status_code}.")


def _wait(delivery: ScannerDelivery, *, give_up_at: float, seconds: float, stop: Callable[[], bool]) -> bytes:
    """Poll for the answer until the time is up; retries while the database is unavailable for a moment."""
    while True:
        if stop():
            raise StoppedError
        is_last = time.monotonic() >= give_up_at
        try:
            rows = ScannerDelivery.objects.filter(pk=delivery.pk, received_at__isnull=False)
            content = rows.values_list("content", flat=True).first()
        except (OperationalError, InterfaceError) as error:
            logger.warning("The answer of %s cannot be read: %s", delivery.scanner, error)
            close_old_connections()
            content = None
        if content is not None:
            return bytes(content)
        if is_last:
            raise DidNotRun(f"The scanner {delivery.scanner} did not answer within {seconds:.0f} seconds.")
        time.sleep(max(0.0, min(LOOK_SECONDS, give_up_at - time.monotonic())))
