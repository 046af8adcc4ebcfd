"""`make run` as people use it, without installing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal import free_port

ROOT = Path(__file__).resolve().parents[2]
READY = "The portal is ready"


class Demo:
    """A demo portal with its data in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment = {
            **kept,
            "PORT": str(self.port),
            "VAR_DIR": str(self.folder / "var"),
            "STATIC_ROOT": str(self.folder / "static"),
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "bin/run"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        return self.process

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def wait_for(self, text: str, *, times: int = 1) -> None:
        until = time.monotonic() + 90
        while self.log().count(text) < times:
            assert self.process and self.process.poll() is None, self.log()
            assert time.monotonic() < until, self.log()
            time.sleep(0.1)

    def stop(self, how: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(how)
        return self.process.wait(40)

    def page(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    def accounts(self) -> dict[str, object]:
        return dict(json.loads((self.folder / "var" / "demo" / "accounts.json").read_text()))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    found = Demo(tmp_path)
    yield found
    if found.process and found.process.poll() is None:
        os.killpg(found.process.pid, signal.SIGTERM)
        found.process.wait(40)


def test_one_command_starts_everything_and_ctrl_c_ends_it(demo: Demo) -> None:
    demo.start()
    demo.wait_for(READY)
    # Every submitted connector of the demo has its result.
    demo.wait_for("demo-shipping: passed")
    demo.wait_for("demo-newsletter: failed")
    login = demo.page("/accounts/login/")
    accounts = demo.accounts()

    code = demo.stop(signal.SIGINT)

    assert code == 0
    assert "owner@demo.example" in login
    assert str(accounts["client"]["client_secret"]) in demo.log()  # type: ignore[index]
    assert "web    |" in demo.log() and "worker |" in demo.log()
    with pytest.raises(OSError):
        demo.page("/")

    demo.start()
    demo.wait_for(READY, times=2)
    assert demo.accounts() == accounts
    assert demo.log().count("Collecting static files") == 1
    assert demo.stop(signal.SIGTERM) == 0


def test_a_port_that_is_in_use_is_named_before_anything_is_done(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.port)):
        code = demo.start().wait(20)

    assert code == 1
    assert demo.log() == (
        f"Port {demo.port} is in use. Stop what listens there, or choose another: make run PORT=8001\n"
    )
    assert not (demo.folder / "var").exists()


def test_a_process_that_ends_ends_the_other(demo: Demo) -> None:
    process = demo.start()
    demo.wait_for(READY)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()

    os.kill(int(children[0]), signal.SIGKILL)

    assert process.wait(40) == 1
    assert "The web process ended" in demo.log()
