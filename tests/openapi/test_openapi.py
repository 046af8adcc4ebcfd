"""The OpenAPI document against a running portal: every operation fuzzed, then chains of operations, all checks on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.test import Client

from tests import portal
from tests.portal import ROOT

PHASES = os.environ.get("SCHEMATHESIS_PHASES", "examples,coverage,fuzzing,stateful")
EXAMPLES = "25"
"""How many requests are made up for each operation and phase."""


@pytest.mark.database
def test_nothing_is_found_in_any_operation_or_chain_of_operations(tmp_path: Path) -> None:
    with portal.running(tmp_path) as it:
        answer = httpx.post(
            f"{it.url}/oauth/token",
            auth=(it.client_id, it.client_secret),
            data={"grant_type": "client_credentials"},
        )
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{it.url}/api/schema"),
                *("--header", f"Authorization: Bearer {answer.json()['access_token']}"),
                *("--phases", PHASES, "--max-examples", EXAMPLES),
                # Our own form of it, which knows refusals for the draft's state, stands in tests/openapi/hooks.py.
                *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
                *("--seed", "20261123", "--no-color", "--workers", "1"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "tests.openapi.hooks",
                "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path),
            },
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    counts = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", done.stdout)
    assert counts and len(set(counts.groups())) == 1, done.stdout[-3000:]


def test_the_description_has_a_page_that_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs")

    assert page.status_code == 200
    assert b"swagger-ui" in page.content
    assert b"https://" not in page.content
