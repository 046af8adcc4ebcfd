"""The command: its exit codes and formats, the same verdicts as the portal, and no word of Django."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from connectors.worker.tasks import run_validation
from tests import factory, repositories
from tests.api import token
from tests.root import ROOT
from tests.validator.repositories import CONNECT_YAML, FILES, Repository
from validator import cli, sarif
from validator.knowledge import rule_pack

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a sound connector."""
    return fill(tmp_path / "connector", FILES)


def fill(folder: Path, files: Any) -> Path:
    """Write files into a folder and return it."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def run(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command as people do, in a folder that is not the checkout."""
    return subprocess.run(
        [ROOT / "bin" / "connector-check", *words],
        env={"PATH": os.environ["PATH"], "CONNECTOR_CHECK_PYTHON": sys.executable, **variables},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_sound_connector_passes(folder: Path) -> None:
    ended = run(folder)

    assert ended.returncode == cli.PASSED, ended.stdout
    assert "Passed (0 errors, 0 warnings" in ended.stdout
    assert rule_pack.digest() in ended.stdout


def test_fault_of_the_connector_fails_with_place_and_fix(folder: Path) -> None:
    fill(folder, {"service/settings.py": f"# x\nTOKEN = '{TOKEN}'\n".encode()})

    ended = run(folder)

    assert ended.returncode == cli.FAILED
    assert "service/settings.py:2:10" in ended.stdout
    assert "Fix: Revoke" in ended.stdout
    assert TOKEN not in ended.stdout


def test_certification_asks_for_more(folder: Path) -> None:
    assert run(folder, "--certification").returncode == cli.FAILED
    assert run(folder).returncode == cli.PASSED


def test_source_of_advisories_that_does_not_answer_is_not_decided(folder: Path) -> None:
    lock = b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}'
    fill(folder, {"service/package-lock.json": lock})

    ended = run(folder, "--osv-api-url", "http://127.0.0.1:9")

    assert ended.returncode == cli.DID_NOT_RUN
    assert "not the connector's fault" in ended.stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["/nonexistent/folder"],
        ["https://github.com/a/b"],
        ["--format", "pdf", "/"],
        ["--osv-folder", "/nonexistent", "/tmp"],
        ["--osv-api-url", "ftp://x", "/tmp"],
        ["--ssh-key", "/nonexistent", "/tmp"],
        ["--scanners", "/nonexistent", "/tmp"],
        ["specification", "/nonexistent/connect.yaml"],
    ],
)
def test_wrong_usage_is_told_apart(words: list[str]) -> None:
    ended = run(*words)

    assert ended.returncode == cli.USAGE
    assert ended.stderr
    assert ended.stdout == ""


def test_json_holds_the_whole_report(folder: Path) -> None:
    fill(folder, {"service/settings.py": f"TOKEN = '{TOKEN}'\n".encode()})

    ended = run(folder, "--format", "json")

    report = json.loads(ended.stdout)
    secrets = next(row for row in report["results"] if row["check"] == "secrets")
    assert (report["outcome"], report["passed"], report["rulePack"]) == ("failed", False, rule_pack.digest())
    assert (secrets["outcome"], secrets["findings"][0]["rule"]) == ("failed", "secret-github-token")
    assert secrets["findings"][0]["fingerprint"]


def test_sarif_can_be_read_back_and_written_beside_text(folder: Path, tmp_path: Path) -> None:
    fill(folder, {"service/settings.py": f"TOKEN = '{TOKEN}'\n".encode()})

    shown = run(folder, "--format", "sarif")
    run(folder, "--sarif", tmp_path / "report.sarif", "--output", tmp_path / "report.txt")

    findings = sarif.read(shown.stdout.encode())
    assert "secret-github-token" in [finding.rule for finding in findings]
    assert sarif.read((tmp_path / "report.sarif").read_bytes()) == findings
    assert "FAILED" in (tmp_path / "report.txt").read_text()


def test_same_files_have_the_same_report_at_a_tag_and_as_they_are(folder: Path, tmp_path: Path) -> None:
    fill(folder, {"service/settings.py": f"TOKEN = '{TOKEN}'\n".encode()})
    repository = tmp_path / "repository"
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-C"]
    subprocess.run(["cp", "-r", folder, repository], check=True)
    for words in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "x"], ["tag", "1.0.0"]):
        subprocess.run([*git, repository, *words], check=True)
    (repository / "service" / "settings.py").unlink()

    tagged = json.loads(run(repository, "--tag", "1.0.0", "--format", "json").stdout)
    plain = json.loads(run(folder, "--format", "json").stdout)

    def findings(report: dict[str, Any]) -> dict[str, list[Any]]:
        return {row["check"]: row["findings"] for row in report["results"]}

    assert findings(tagged) == findings(plain)
    assert len(tagged["commit"]) == 40
    assert plain["commit"] is None
    assert run(repository).returncode == cli.PASSED


def test_tag_that_is_not_there_fails(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "bare")

    ended = run(repository.path, "--tag", "9.9.9")

    assert ended.returncode == cli.FAILED
    assert "tag" in ended.stdout


def test_ignored_files_of_a_work_tree_are_not_checked(folder: Path) -> None:
    fill(folder, {".gitignore": b".env\n", ".env": f"TOKEN={TOKEN}\n".encode(), "new.py": b"x = 1\n"})
    subprocess.run(["git", "init", "-q", folder], check=True)

    assert run(folder).returncode == cli.PASSED


def test_link_in_a_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(f"TOKEN = '{TOKEN}'\n")
    (folder / "linked.py").symlink_to(tmp_path / "outside.py")
    (folder / "loop").symlink_to(folder)

    assert run(folder).returncode == cli.PASSED


def test_code_in_the_checked_folder_is_not_imported(folder: Path, tmp_path: Path) -> None:
    planted = f"import pathlib\npathlib.Path({str(tmp_path / 'executed')!r}).touch()\n".encode()
    fill(folder, dict.fromkeys(("json.py", "yaml.py", "sitecustomize.py", "validator/__init__.py"), planted))

    subprocess.run(
        [ROOT / "bin" / "connector-check", "."],
        env={"PATH": os.environ["PATH"], "CONNECTOR_CHECK_PYTHON": sys.executable},
        cwd=folder,
        capture_output=True,
        check=False,
    )

    assert not (tmp_path / "executed").exists()


def test_specification_alone_is_one_json_object(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_bytes(CONNECT_YAML)
    bad.write_bytes(b"deployAs:\n  - name: 7\n")

    passed, failed = run("specification", good), run("specification", bad)

    answer = json.loads(passed.stdout)
    assert (passed.returncode, answer["valid"], answer["errors"]) == (0, True, [])
    assert answer["configurations"][0]["applicationName"] == "service"
    assert set(answer) == {"valid", "errors", "configurations", "globalConfiguration", "apiClient"}
    wrong = json.loads(failed.stdout)
    assert (failed.returncode, wrong["valid"]) == (1, False)
    assert {"line", "column", "path", "expected", "fix", "message"} <= set(wrong["errors"][0])


def test_nothing_of_django_is_loaded() -> None:
    code = "import sys, validator.cli\nsys.exit(any(name.partition('.')[0] == 'django' for name in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_configured_scanner_takes_part(folder: Path, tmp_path: Path) -> None:
    found = {"ruleId": "r", "level": "error", "message": {"text": "a problem"}}
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "probe"}}, "results": [found]}]}
    (tmp_path / "log.sarif").write_text(json.dumps(log))
    script = f"test -d '{{source}}' && cp '{tmp_path / 'log.sarif'}' '{{output}}'"
    row = {"name": "probe", "argv": ["sh", "-c", script], "level": "required"}
    row["readable"] = [str(tmp_path / "log.sarif")]
    (tmp_path / "scanners.json").write_text(json.dumps([row]))

    ended = run(folder, "--scanners", tmp_path / "scanners.json")

    assert ended.returncode == cli.FAILED
    assert "[probe/r]" in ended.stdout


def test_version_names_the_rule_pack() -> None:
    assert rule_pack.digest() in run("--version").stdout


def test_management_command_does_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("connector_check", str(folder))

    assert ended.value.code == cli.PASSED
    assert "Passed (0 errors" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_every_door_names_the_same_rule_pack(tmp_path: Path, settings: Any) -> None:
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    settings.GIT_URL_REWRITES = {"https://github.com/": f"{(tmp_path / 'mirror').as_uri()}/"}
    folder = repositories.make(tmp_path / "mirror" / "acme" / "payments.git")
    row = factory.publish(factory.draft(), certification=False)
    started = factory.last_run(row)

    run_validation.call(str(started.pk))
    bearer = {"Authorization": f"Bearer {token(factory.api_client())}"}
    path = f"/connectors/drafts/{row.id}"
    draft, portal, log = (
        Client().get(f"{path}{more}", headers=bearer).json()
        for more in ("", f"/runs/{started.pk}", f"/runs/{started.pk}/sarif")
    )
    alone = json.loads(run(folder, "--tag", "1.0.0", "--format", "json").stdout)
    managed = subprocess.run(
        [sys.executable, ROOT / "manage.py", "connector_check", folder, "--tag", "1.0.0", "--format", "json"],
        env={"PATH": os.environ["PATH"], "DEBUG": "on"},
        capture_output=True,
        text=True,
        check=False,
    )
    acted = act(folder, tmp_path, tag="1.0.0")

    packs = {
        "the portal's run": portal["rulePack"],
        "its SARIF": pack_of(log),
        "the command": alone["rulePack"],
        "the management command": json.loads(managed.stdout)["rulePack"],
        "the Action": pack_of(json.loads((tmp_path / "connector-check.sarif").read_bytes())),
    }
    assert packs == dict.fromkeys(packs, rule_pack.digest())
    assert rule_pack.digest() in draft["publishingReport"]["entries"][0]["message"]
    assert rule_pack.digest() in acted.stdout.decode()
    assert portal["commit"] == alone["commit"]


def pack_of(log: Any) -> str:
    """Return the rule pack that a SARIF file names."""
    return str(log["runs"][0]["tool"]["driver"]["properties"]["rulePack"])


def step(name: str) -> str:
    """Return the script of a step of the GitHub Action."""
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    return str(next(row["run"] for row in steps if row.get("id") == name))


def act(folder: Path, temporary: Path, *, tag: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run the step of the Action that checks."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("check")],
        env={
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(temporary),
            "GITHUB_OUTPUT": str(temporary / "output"),
            "GITHUB_ACTION_PATH": str(ROOT),
            "CONNECTOR_CHECK_PYTHON": sys.executable,
            "CHECK_PATH": str(folder),
            "CHECK_TAG": tag,
            "CHECK_CERTIFICATION": "false",
            "CHECK_SARIF": "",
            "OSV_API_URL": "",
        },
        check=False,
        capture_output=True,
    )


@pytest.mark.parametrize(("secret", "code", "outcome"), [("x", 0, "passed"), (TOKEN, 1, "failed")])
def test_action_ends_as_the_command_and_says_the_outcome(
    folder: Path, tmp_path: Path, secret: str, code: int, outcome: str
) -> None:
    fill(folder, {"a b.py": f"TOKEN = '{secret}'\n".encode()})

    ended = act(folder, tmp_path)

    assert ended.returncode == code, ended.stderr
    assert f"outcome={outcome}\n" in (tmp_path / "output").read_text()
    sarif.read((tmp_path / "connector-check.sarif").read_bytes())


def test_action_puts_no_input_into_the_text_of_a_script() -> None:
    assert "${{" not in step("check") + step("install")
