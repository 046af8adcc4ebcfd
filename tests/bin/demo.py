"""`make run` without installing: the demo portal as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.portal import free_port
from tests.root import ROOT

READY = "The portal is ready"


class Demo:
    """A demo portal with its data in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = {
            **kept,
            "PORT": str(self.port),
            "VAR_DIR": str(folder / "var"),
            "STATIC_ROOT": str(folder / "static"),
        }

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "bin/run"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
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
