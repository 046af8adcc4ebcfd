"""`make run` as people use it, without installing."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.bin.demo import READY, Demo


def test_one_command_starts_everything_and_it_ends_as_one(demo: Demo) -> None:
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
    # The terminal and a service manager may both ask, and more than once.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) * 50:
        demo.process.send_signal(number)  # type: ignore[union-attr]
    assert demo.stop(signal.SIGTERM) == 0

    process = demo.start()
    demo.wait_for(READY, times=3)
    # A process that ends ends the other.
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    assert process.wait(40) == 1
    assert "The web process ended" in demo.log()


def test_a_port_that_is_in_use_is_named_before_anything_is_done(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.port)):
        code = demo.start().wait(20)

    assert code == 1
    assert demo.log() == (
        f"Port {demo.port} is in use. Stop what listens there, or choose another: make run PORT=8001\n"
    )
    assert not (demo.folder / "var").exists()
