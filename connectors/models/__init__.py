"""The tables of the connectors floor."""

from connectors.models.comment import CertificationComment
from connectors.models.connector import Access, Connector, Release
from connectors.models.count import Edition, Tally
from connectors.models.delivery import ScannerDelivery
from connectors.models.fetch import Fetch
from connectors.models.preview_fetch import PreviewFetch
from connectors.models.run import CheckResult, Finding, ValidationRun
from connectors.models.snapshot import Snapshot, SourceText
from connectors.models.staged import ConnectorStaged
from connectors.models.unfinished import Unfinished
from connectors.models.waiver import Waiver

__all__ = [
    "Access",
    "CertificationComment",
    "CheckResult",
    "Connector",
    "ConnectorStaged",
    "Edition",
    "Fetch",
    "Finding",
    "PreviewFetch",
    "Release",
    "ScannerDelivery",
    "Snapshot",
    "SourceText",
    "Tally",
    "Unfinished",
    "ValidationRun",
    "Waiver",
]
