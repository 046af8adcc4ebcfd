"""A running portal of its own: web server and worker as processes, an empty database, a client with every scope."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import sql

from tests.root import ROOT

REGION = "europe-west1.gcp"


@dataclass(frozen=True)
class Portal:
    """Where it listens, and as whom one may come."""

    url: str
    client_id: str
    client_secret: str
    project_key: str
    environment: Mapping[str, str]

    def manage(self, *arguments: str, text: str = "") -> str:
        """Run one of the portal's commands beside it and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=dict(self.environment),
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, *, rewrites: Mapping[str, str] | None = None, **extra: str) -> Iterator[Portal]:
    """Start a portal whose data lives in the folder, on the kind of database that the tests run on."""
    port = free_port()
    with ExitStack() as stack:
        environment = {
            **os.environ,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DEBUG": "off",
            "HTTPS": "off",
            "MAIL_TO_LOG": "on",
            "RATE_LIMITS": "off",
            "VAR_DIR": str(folder),
            "STATIC_ROOT": str(folder / "static"),
            "CHECKOUT_DIR": str(folder / "checkouts"),
            "DATABASE_URL": stack.enter_context(_database(folder)),
            "GIT_URL_REWRITES": json.dumps(dict(rewrites or {})),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **extra,
        }
        portal = Portal(f"http://127.0.0.1:{port}", "", "", "witness", environment)
        portal.manage("migrate", "-v0")
        portal.manage("collectstatic", "--noinput", "-v0")
        portal.manage("createproject", portal.project_key, "--region", REGION)
        client = json.loads(portal.manage("createapiclient", "--project", portal.project_key))
        log = stack.enter_context((folder / "portal.log").open("wb"))
        web = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "4"]
        for command in (web, [sys.executable, "manage.py", "worker"]):
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            stack.callback(_stop, process)
        _wait_for(f"{portal.url}/api/schema", log=folder / "portal.log")
        yield Portal(portal.url, client["client_id"], client["client_secret"], portal.project_key, environment)
        logged = (folder / "portal.log").read_text(encoding="utf-8", errors="replace")
        assert environment["SECRET_KEY"] not in logged, "the secret key was logged"
        assert client["client_secret"] not in logged, "a client secret was logged"


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    entry = settings.DATABASES["default"]
    if entry["ENGINE"].endswith("sqlite3"):
        yield f"sqlite:///{folder / 'portal.sqlite3'}"
        return
    name = f"portal_{secrets.token_hex(6)}"
    user = f"{entry['USER']}:{entry['PASSWORD']}@" if entry["USER"] else ""
    where = {"host": entry["HOST"], "port": entry["PORT"], "user": entry["USER"], "password": entry["PASSWORD"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **{k: v for k, v in where.items() if v}) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            socket_folder = f"?host={entry['HOST']}" if entry["HOST"].startswith("/") else ""
            host = "" if socket_folder else f"{entry['HOST']}:{entry['PORT']}"
            port = f"&port={entry['PORT']}" if socket_folder and entry["PORT"] else ""
            yield f"postgresql://{user}{host}/{name}{socket_folder}{port}"
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _stop(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(15)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        process.kill()
        process.wait()


def _wait_for(url: str, *, log: Path) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the portal did not start:\n{log.read_text(errors='replace')[-3000:]}")
