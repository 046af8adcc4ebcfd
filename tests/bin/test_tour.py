"""The README's tour works word by word."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.bin.demo import READY, ROOT, Demo

README = (ROOT / "README.md").read_text(encoding="utf-8")


def script(demo: Demo) -> str:
    """Return the tour's lines, for a demo on another port and with its data in another folder."""
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE))
    for written, here in (
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{demo.port}"),
        (". var/demo", f". {demo.folder}/var/demo"),
    ):
        assert written in lines
        lines = lines.replace(written, here)
    # Installing is another test's subject.
    return re.sub(r"make manage ARGS='(.*)'", rf"{sys.executable} bin/run manage \1", lines)


def test_the_tour_ends_with_a_certified_connector(demo: Demo) -> None:
    demo.start()
    demo.wait_for(READY)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script(demo)],
        cwd=ROOT,
        env=demo.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    draft, connector = done.stdout.strip().splitlines()[-2:]
    assert '"status":"Published"' in draft
    assert '"comment":"Well made."' in draft
    assert '"key":"tour"' in connector
    assert '"certified":true' in connector


def test_the_page_begins_with_the_two_commands_and_an_image_that_exists() -> None:
    first = README.split("\n## ")[0]
    image = re.search(r"!\[[^\]]+\]\(([^)]+)\)", first)

    assert first.index("make run") < first.index("make test") < first.index("![")
    assert image and (ROOT / image[1]).stat().st_size > 10_000


def test_every_link_to_a_file_leads_somewhere() -> None:
    targets = [t for t in re.findall(r"\]\(([^)#]+)", README) if not t.startswith("http")]

    assert targets
    assert not [t for t in targets if not (ROOT / t).exists()]
