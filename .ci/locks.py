"""Check that the committed locks are what pyproject.toml asks for: `python .ci/locks.py`.

1. A lock holds versions and hashes only: no address, no option, no file. What the package in validator/ needs is in it,
   the package itself is not.
2. Resolving pyproject.toml again, held to the locked versions, gives exactly the same packages, versions and markers.
   A release that came out since does not matter; a requirement that was added, dropped or outgrown does.
3. Every locked hash is one that the index still offers. It may offer more: a wheel for a new Python is no difference.

Exit status 1, with a line for each difference.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"requirements.lock": ["--no-dev"], "requirements-dev.lock": ["--all-groups"]}
PIN = re.compile(r"^(?P<pin>[A-Za-z0-9._-]+(?:\[[A-Za-z0-9,._-]+\])?==[^\s;\\]+(?:\s*;[^\\]+?)?)\s*\\?$")
HASH = re.compile(r"^\s+--hash=(?P<hash>sha256:[0-9a-f]{64})\s*\\?$")

Pins = dict[str, set[str]]


def read(text: str, *, name: str, problems: list[str]) -> Pins:
    """Return the hashes of each pin of a lock; what is neither a pin, a hash nor a comment is a problem."""
    pins: Pins = {}
    current: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if "://" in line:
            problems.append(f"{name}:{number}: an address")
        elif found := HASH.match(line):
            current.add(found["hash"])
        elif found := PIN.match(line):
            current = pins.setdefault(" ".join(found["pin"].split()), set())
        elif line.strip() and not line.lstrip().startswith("#"):
            problems.append(f"{name}:{number}: neither a pin nor a hash")
    problems.extend(f"{name}: {pin} has no hash" for pin, hashes in pins.items() if not hashes)
    return pins


def resolve(pins: Pins, *, uv: str, folder: Path) -> dict[str, str]:
    """Return the locks of pyproject.toml, resolved with these pins as constraints."""
    text = (ROOT / "pyproject.toml").read_text()
    constraints = ", ".join(f"'{pin}'" if "'" not in pin else f'"""{pin}"""' for pin in pins)
    held = text.replace("[tool.uv]\n", f"[tool.uv]\nconstraint-dependencies = [{constraints}]\n", 1)
    if held == text:
        raise SystemExit("pyproject.toml has no table [tool.uv]")
    (folder / "pyproject.toml").write_text(held)
    (folder / "README.md").touch()
    shutil.copytree(ROOT / "validator", folder / "validator")
    run = [uv, "--quiet", "--project", str(folder)]
    subprocess.run([*run, "lock"], check=True)
    export = [*run, "export", "--frozen", "--no-emit-project", "--no-emit-local"]
    return {
        name: subprocess.run([*export, *options], check=True, stdout=subprocess.PIPE, text=True).stdout
        for name, options in LOCKS.items()
    }


def differences(name: str, committed: Pins, fresh: Pins) -> list[str]:
    """Return what differs between a committed lock and a fresh one."""
    found = [f"{name}: {pin} is not locked" for pin in sorted(fresh.keys() - committed.keys())]
    found += [f"{name}: {pin} is locked, but not asked for" for pin in sorted(committed.keys() - fresh.keys())]
    for pin in sorted(committed.keys() & fresh.keys()):
        found += [f"{name}: {pin} has an unknown {digest}" for digest in sorted(committed[pin] - fresh[pin])]
    return found


def main() -> int:
    """Compare both locks."""
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    problems: list[str] = []
    committed = {name: read((ROOT / name).read_text(), name=name, problems=problems) for name in LOCKS}
    with tempfile.TemporaryDirectory() as folder:
        try:
            texts = resolve(committed["requirements-dev.lock"], uv=uv, folder=Path(folder))
        except subprocess.CalledProcessError:
            problems.append("pyproject.toml cannot be resolved with the locked versions")
            texts = {}
    for name, text in texts.items():
        problems += differences(name, committed[name], read(text, name=f"fresh {name}", problems=[]))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
