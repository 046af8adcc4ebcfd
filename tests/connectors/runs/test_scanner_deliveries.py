"""Scanners with a webhook: asked, answering once, late, wrongly, or never."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from connectors.models import ConnectorStaged, ScannerDelivery, ValidationRun
from connectors.runs import runs, scanner_deliveries
from connectors.runs.scanner_deliveries import Deliveries
from connectors.worker.tasks import run_validation
from tests import factory, repositories
from validator.findings import DidNotRun
from validator.process import StoppedError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.security]

SARIF = json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]}).encode()
BAD = json.dumps(
    {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "x"}},
                "results": [{"ruleId": "R", "level": "error", "message": {"text": "No."}}],
            }
        ],
    }
).encode()


@dataclass
class FakeScanner:
    """A scanner on this machine: `then` is called with each question, beside the answer to it."""

    url: str = ""
    status: int = 202
    then: Callable[[dict[str, str]], None] = lambda question: None
    questions: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[FakeScanner]:
    fake = FakeScanner()
    threads: list[threading.Thread] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.questions.append(question)
            self.send_response(fake.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            threads.append(threading.Thread(target=fake.then, args=(question,)))
            threads[-1].start()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/scan"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join(10)


@pytest.fixture
def scanner() -> Iterator[FakeScanner]:
    with listening() as fake:
        yield fake


def working(row: ConnectorStaged) -> ValidationRun:
    """Return the run of a draft that is published, as a worker has it."""
    run = factory.last_run(factory.publish(row, certification=False))
    now = timezone.now()
    ValidationRun.objects.filter(pk=run.pk).update(
        state=ValidationRun.State.RUNNING, lease=run.pk, lease_expires_at=now + timedelta(minutes=5), started_at=now
    )
    run.refresh_from_db()
    return run


@pytest.fixture
def run() -> ValidationRun:
    return working(factory.draft())


def asked(run: ValidationRun, url: str, *, seconds: float = 10.0, stop: Callable[[], bool] = lambda: False) -> bytes:
    return Deliveries(run.pk).ask(
        "own", webhook=url, url=run.url, tag=run.tag, commit="c" * 40, seconds=seconds, stop=stop
    )


def question(run: ValidationRun, *, seconds: float = 60.0) -> tuple[ScannerDelivery, str]:
    """Open a question as `ask` does, and return it with the path to answer at."""
    delivery = Deliveries(run.pk)._open("own", seconds=seconds)
    return delivery, f"/scans/{scanner_deliveries._token(delivery)}"


def post(path: str, data: bytes = SARIF, client: Client | None = None) -> Any:
    # With the checks that a browser's request gets, as a scanner's request does.
    client = client or Client(enforce_csrf_checks=True)
    return client.post(path, data=data, content_type="application/sarif+json")


def test_scanner_is_told_of_the_commit_and_its_answer_comes_back(
    run: ValidationRun, scanner: FakeScanner, live_server: LiveServer, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    answers: list[int] = []
    scanner.then = lambda asked: answers.append(httpx.post(asked["callback"], content=SARIF).status_code)

    data = asked(run, scanner.url)

    assert data == SARIF
    told = scanner.questions[0]
    assert (told["run"], told["url"], told["tag"], told["commit"]) == (str(run.pk), run.url, run.tag, "c" * 40)
    assert told["callback"].startswith(f"{live_server.url}/scans/")
    assert answers == [204]
    assert ScannerDelivery.objects.count() == 0


def test_run_takes_the_findings_of_a_webhook(
    scanner: FakeScanner, live_server: LiveServer, settings: Any, tmp_path: Path
) -> None:
    settings.PUBLIC_URL = live_server.url
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    settings.GIT_URL_REWRITES = {"https://github.com/": f"{(tmp_path / 'mirror').as_uri()}/"}
    settings.SCANNERS = [{"name": "own", "title": "Own", "webhook": scanner.url, "timeout": 20, "level": "required"}]
    repositories.make(tmp_path / "mirror" / "acme" / "payments.git")
    scanner.then = lambda asked: httpx.post(asked["callback"], content=BAD)
    row = factory.publish(factory.draft(), certification=False)

    run_validation.call(str(factory.last_run(row).pk))

    done = factory.last_run(row)
    check = done.results.get(check_id="own")
    assert (check.outcome, check.title, check.level) == ("failed", "Own", "required"), check.detail
    assert [finding.rule for finding in done.findings.filter(check_id="own")] == ["own/R"]
    assert done.state == ValidationRun.State.FAILED
    assert scanner.questions[0]["commit"] == done.commit


def test_silent_scanner_did_not_run(run: ValidationRun, scanner: FakeScanner) -> None:
    with pytest.raises(DidNotRun, match="did not answer within 1 seconds"):
        asked(run, scanner.url, seconds=1.0)

    assert ScannerDelivery.objects.count() == 0


@pytest.mark.parametrize("status", [302, 400, 500])
def test_scanner_that_refuses_did_not_run(run: ValidationRun, scanner: FakeScanner, status: int) -> None:
    scanner.status = status

    with pytest.raises(DidNotRun, match=str(status)):
        asked(run, scanner.url)

    assert ScannerDelivery.objects.count() == 0


def test_scanner_that_is_not_there_did_not_run(run: ValidationRun) -> None:
    with listening() as gone:
        url = gone.url

    with pytest.raises(DidNotRun, match="could not be reached"):
        asked(run, url)


def test_stop_ends_the_waiting(run: ValidationRun, scanner: FakeScanner) -> None:
    started = time.monotonic()

    with pytest.raises(StoppedError):
        asked(run, scanner.url, seconds=60.0, stop=lambda: time.monotonic() > started + 1)

    assert time.monotonic() - started < 10
    assert ScannerDelivery.objects.count() == 0


@pytest.mark.parametrize("gone", [True, False], ids=["its draft is deleted", "it was dropped"])
def test_a_run_that_is_not_wanted_any_more_asks_nobody(run: ValidationRun, scanner: FakeScanner, gone: bool) -> None:
    if gone:
        ConnectorStaged.objects.filter(pk=run.draft_id).delete()
    else:
        runs.supersede(run.draft, kinds=[run.kind], now=timezone.now())

    with pytest.raises(StoppedError):
        asked(run, scanner.url)

    assert scanner.questions == []


def test_answer_is_taken_once(run: ValidationRun) -> None:
    delivery, path = question(run)

    assert post(path).status_code == 204
    second = post(path, BAD)

    assert second.status_code == 409
    assert second.json()["statusCode"] == 409
    delivery.refresh_from_db()
    assert bytes(delivery.content or b"") == SARIF


def test_answer_to_an_earlier_attempt_is_not_taken(run: ValidationRun) -> None:
    _, earlier = question(run)
    delivery, later = question(run)

    assert post(earlier).status_code == 410
    assert post(later).status_code == 204
    assert ScannerDelivery.objects.get().pk == delivery.pk


def test_late_answer_is_told_that_nobody_waits(run: ValidationRun) -> None:
    _, path = question(run, seconds=0.0)

    answer = post(path)

    assert answer.status_code == 410
    assert answer.json()["errors"][0]["message"]


def test_answer_for_a_run_that_ended_is_not_taken(run: ValidationRun) -> None:
    _, path = question(run)
    ValidationRun.objects.filter(pk=run.pk).update(
        state=ValidationRun.State.SUPERSEDED, lease=None, lease_expires_at=None
    )

    assert post(path).status_code == 410


@pytest.mark.parametrize("change", [lambda path: path[:-1], lambda path: "/scans/x", lambda path: path + "A"])
def test_token_that_is_not_ours_leads_nowhere(run: ValidationRun, change: Callable[[str], str]) -> None:
    _, path = question(run)

    answer = post(change(path))

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "ResourceNotFound"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"version": "2.0.0", "runs": []}'])
def test_what_is_no_sarif_is_refused_and_can_be_sent_again(run: ValidationRun, data: bytes) -> None:
    _, path = question(run)

    assert post(path, data).status_code == 400
    assert post(path).status_code == 204


def test_sarif_that_says_it_failed_is_an_answer(run: ValidationRun) -> None:
    _, path = question(run)
    failed = json.loads(SARIF)
    failed["runs"][0]["invocations"] = [{"executionSuccessful": False}]

    assert post(path, json.dumps(failed).encode()).status_code == 204


def test_body_above_the_limit_is_refused(run: ValidationRun, settings: Any) -> None:
    settings.DELIVERY_MAX_MEMORY_SIZE = len(SARIF) - 1
    _, path = question(run)

    assert post(path).status_code == 413
    assert ScannerDelivery.objects.get().received_at is None


def test_body_of_several_megabytes_is_taken(run: ValidationRun) -> None:
    _, path = question(run)

    assert post(path, SARIF + b" " * 5_000_000).status_code == 204


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post_is_answered(run: ValidationRun, method: str) -> None:
    _, path = question(run)

    answer = getattr(Client(), method)(path)

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


def test_callback_names_the_portal_as_others_reach_it(run: ValidationRun, scanner: FakeScanner, settings: Any) -> None:
    settings.PUBLIC_URL = "https://portal.example"

    with pytest.raises(DidNotRun):
        asked(run, scanner.url, seconds=0.5)

    parts = urlsplit(scanner.questions[0]["callback"])
    assert (parts.scheme, parts.netloc) == ("https", "portal.example")


def test_questions_of_killed_workers_are_forgotten(run: ValidationRun) -> None:
    question(run, seconds=-1.0)
    other = working(factory.draft(factory.project("other")))

    question(other)

    assert [row.run_id for row in ScannerDelivery.objects.all()] == [other.pk]
