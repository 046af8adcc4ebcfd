"""The checks: one file each, each ending in an object `check`; their order here is the order of the report.

The specification check needs no file here: the pipeline reads connect.yaml before any other check can start.
"""

from __future__ import annotations

from validator.checks import (
    applications,
    characters,
    contents,
    dependencies,
    documentation,
    image,
    leaked_secrets,
    licence,
    static_analysis,
    tests,
)
from validator.results import Check

CHECKS: tuple[Check, ...] = (
    applications.check,
    contents.check,
    characters.check,
    documentation.check,
    licence.check,
    tests.check,
    leaked_secrets.check,
    static_analysis.check,
    dependencies.check,
    image.check,
)
