"""compose.yaml hands on every setting, and what it is given stays on the operator's machine."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from tests.config.test_operations import rows
from tests.root import ROOT

pytestmark = pytest.mark.security


def services() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return dict(compose["services"])


@pytest.mark.parametrize("service", ["migrate", "portal", "worker"])
def test_every_setting_reaches_each_service(service: str) -> None:
    documented = {row[0].strip("`") for row in rows("Settings")}

    assert set(services()[service]["environment"]) == documented


def test_what_is_never_for_production_is_off_whatever_the_shell_says() -> None:
    environment = services()["portal"]["environment"]

    assert {name for name, value in environment.items() if value == "off"} == {"DEBUG", "DEMO"}


def test_a_setting_without_a_value_keeps_what_the_image_says() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    environment = services()["portal"]["environment"]

    said = [name for name in environment if f"{name}=" in image and name != "SECRET_KEY"]

    assert said == ["VAR_DIR", "STATIC_ROOT", "LOG_FORMAT"]
    assert [environment[name] for name in said] == [None, None, None]


@pytest.mark.parametrize("name", [".env", ".env.production", "config/.env"])
def test_the_operators_secrets_are_ignored(name: str) -> None:
    done = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", name], cwd=ROOT, check=False)
    if done.returncode == 128:
        pytest.skip("did not run: this is no Git checkout")

    shown = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert done.returncode == 0
    assert shown[0] == "*"
    assert {"**/.env", "**/.env.*"} <= set(shown[shown.index("!config") :])
