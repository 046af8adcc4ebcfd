"""Generated connectors for measurements, with the same bytes on every machine."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

PACKAGES = 600
"""Packages in each lock file; real connectors have 450 to 750."""

FILES = 60
"""Source files of an application, besides half as many tests; a real one of medium size has 150 files in all."""


def write(folder: Path, *, applications: int, files: int = FILES) -> Path:
    """Write a connector with its tag 1.0.0 as a Git repository, and return its folder."""
    for path, text in _content(applications, files=files):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Release 1.0.0")
    git(folder, "tag", "1.0.0")
    return folder


def advisories(folder: Path) -> Path:
    """Write a folder with an advisory for every tenth package, none for a version in use."""
    (folder / "npm").mkdir(parents=True)
    for number in range(0, PACKAGES, 10):
        record = {
            "id": f"BENCH-{number}",
            "modified": "2026-01-01T00:00:00Z",
            "affected": [
                {
                    "package": {"ecosystem": "npm", "name": f"package-{number}"},
                    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "0.9.0"}]}],
                }
            ],
        }
        (folder / "npm" / f"BENCH-{number}.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def git(folder: Path, *arguments: str) -> None:
    """Run git without the settings of this machine."""
    who = {f"GIT_{role}_{what}": "bench@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **who}
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True)  # noqa: S607


def _content(applications: int, *, files: int) -> Iterator[tuple[str, str]]:
    names = [f"service-{number}" for number in range(applications)]
    yield "connect.yaml", "deployAs:\n" + "".join(_application(name) for name in names)
    yield (
        "README.md",
        "# Orders\n\n## Installation\n\n" + "It sends each order to the warehouse and back. " * 200 + "\n",
    )
    yield "LICENSE", _LICENSE
    for name in names:
        yield f"{name}/package.json", json.dumps(_manifest(name))
        yield f"{name}/package-lock.json", json.dumps(_lock(name), indent=1)
        yield f"{name}/README.md", f"# {name}\n\n[the whole](../README.md#installation)\n"
        for number in range(files):
            yield f"{name}/src/part{number}.ts", _source(number)
        for number in range(files // 2):
            yield (
                f"{name}/tests/part{number}.spec.ts",
                f"test('part {number}', () => {{ expect({number}).toBe(1); }});\n",
            )


def _application(name: str) -> str:
    keys = "".join(f"        - key: KEY_{number}\n          description: Key {number}\n" for number in range(8))
    return (
        f"  - name: {name}\n    applicationType: service\n    endpoint: /{name}\n"
        f"    configuration:\n      standardConfiguration:\n{keys}"
    )


def _manifest(name: str) -> dict[str, object]:
    return {
        "name": name,
        "license": "MIT",
        "scripts": {"start": "node index.js", "test": "jest"},
        "dependencies": {f"package-{number}": "^1.0.0" for number in range(40)},
    }


def _lock(name: str) -> dict[str, object]:
    chance = random.Random(1)  # noqa: S311 - the same bytes each time
    rows = {
        f"node_modules/package-{number}": {
            "version": f"1.{chance.randrange(20)}.{chance.randrange(9)}",
            "resolved": f"https://packages.example/package-{number}/-/package-{number}.tgz",
            "license": "MIT",
        }
        for number in range(PACKAGES)
    }
    return {"name": name, "lockfileVersion": 3, "packages": {"": _manifest(name), **rows}}


def _source(number: int) -> str:
    functions = (
        f"export const total{n} = (order: Order): number => {{\n"
        f"  const prices = order.lineItems.map((item) => item.price.centAmount * item.quantity * {n + number});\n"
        "  return prices.reduce((sum, price) => sum + price, 0);\n};\n"
        for n in range(40)
    )
    return "import { Order } from './order';\n\n" + "\n".join(functions)


_LICENSE = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software.\n"
    "The above copyright notice and this permission notice shall be included in all copies.\n"
)
