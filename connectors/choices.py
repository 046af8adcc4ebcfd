"""The contract's enumerations."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models


class ConnectorStatus(models.TextChoices):
    """The publishing and certification status of a ConnectorStaged."""

    DRAFT = "Draft", "Draft"
    PROCESSING = "Processing", "Processing"
    READY_FOR_CERTIFICATION = "ReadyForCertification", "Ready for certification"
    IN_CERTIFICATION = "InCertification", "In certification"
    PUBLISHED = "Published", "Published"
    FAILED = "Failed", "Failed"


class IsPreviewable(models.TextChoices):
    """The previewable status: a string, never a boolean."""

    TRUE = "true", "Previewable"
    FALSE = "false", "Not previewable"
    PENDING = "pending", "Being checked"
    NONE = "none", "Not requested"


class IntegrationType(models.TextChoices):
    """What a Connector integrates with. The order fixes the bits of `mask_of`: append only."""

    TAX = "tax", "Tax"
    MARKETPLACE = "marketplace", "Marketplace"
    OMS = "oms", "Order management"
    PSP = "psp", "Payment"
    PIM = "pim", "Product information"
    PROMOTION = "promotion", "Promotion"
    SEARCH = "search", "Search"
    ERP = "erp", "ERP"
    CRM = "crm", "CRM"
    EMAIL = "email", "E-mail"
    ANALYTICS = "analytics", "Analytics"
    SHIPPING = "shipping", "Shipping"
    GIFTCARD = "giftcard", "Gift card"
    OTHER = "other", "Other"


class ReportEntryType(models.TextChoices):
    """The kinds of report entries."""

    INFORMATION = "Information", "Information"
    WARNING = "Warning", "Warning"
    ERROR = "Error", "Error"


_BITS = {value: 1 << n for n, value in enumerate(IntegrationType.values)}


def mask_of(types: Iterable[str]) -> int:
    """Return the integration types as bits of one integer, so that "any of them" is one comparison in SQL."""
    mask = 0
    for value in types:
        mask |= _BITS[value]
    return mask
