"""The tables of the connectors floor."""

from connectors.models.comment import CertificationComment
from connectors.models.connector import Access, Connector, Release
from connectors.models.run import CheckResult, Finding, ValidationRun
from connectors.models.staged import ConnectorStaged

__all__ = [
    "Access",
    "CertificationComment",
    "CheckResult",
    "Connector",
    "ConnectorStaged",
    "Finding",
    "Release",
    "ValidationRun",
]
