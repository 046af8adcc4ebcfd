"""The connector that the measurements make: what is measured is a run that passes, not one that ends early."""

from __future__ import annotations

from pathlib import Path

from devtools.bench import connector
from validator import pipeline
from validator.results import EngineSettings, Outcome


def test_connector_of_the_measurements_passes_every_check(tmp_path: Path) -> None:
    folder = connector.write(tmp_path / "made" / "connector", applications=2, files=2)
    settings = EngineSettings(
        checkout_dir=tmp_path / "work",
        osv_folder=connector.advisories(tmp_path / "osv"),
        url_rewrites={"https://github.com/bench/": f"{folder.parent.as_uri()}/"},
    )

    report = pipeline.validate("https://github.com/bench/connector", "1.0.0", certification=True, settings=settings)

    assert {row.check for row in report.results if row.outcome is not Outcome.PASSED} == {"image"}
    assert [finding for row in report.results for finding in row.findings] == []
    assert report.specification is not None
    assert len(report.specification.configurations) == 2
