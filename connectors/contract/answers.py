"""What stands within some fields of the answers, for the OpenAPI document: configurations, reports, comments."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from connectors.choices import ReportEntryType


class StandardConfigurationKey(serializers.Serializer[Any]):
    """A standard environment variable."""

    key = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    required = serializers.BooleanField(required=False, allow_null=True)  # type: ignore[assignment]
    default = serializers.CharField(required=False, allow_null=True, allow_blank=True)


class SecuredConfigurationKey(serializers.Serializer[Any]):
    """A secret environment variable."""

    key = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    required = serializers.BooleanField(required=False, allow_null=True)  # type: ignore[assignment]


class ConnectorConfigurationApplication(serializers.Serializer[Any]):
    """The configuration of one Connect application, read from connect.yaml."""

    applicationName = serializers.CharField()
    applicationType = serializers.ChoiceField(
        ["service", "event", "job", "merchant-center-custom-application", "merchant-center-custom-view", "assets"]
    )
    standardConfiguration = StandardConfigurationKey(many=True)
    securedConfiguration = SecuredConfigurationKey(many=True)


class ConnectorGlobalConfiguration(serializers.Serializer[Any]):
    """Configuration of all applications of a Deployment."""

    standardConfiguration = StandardConfigurationKey(many=True, required=False, allow_null=True)
    securedConfiguration = SecuredConfigurationKey(many=True, required=False, allow_null=True)


class ApiClientConfiguration(serializers.Serializer[Any]):
    """The scopes of the API client that a Deployment gets."""

    scopes = serializers.ListField(child=serializers.CharField())


class ConnectorReportEntry(serializers.Serializer[Any]):
    """One notice of a publish or preview request."""

    type = serializers.ChoiceField(ReportEntryType.values)
    title = serializers.CharField()
    message = serializers.CharField(allow_null=True, required=False)
    application = serializers.CharField(allow_null=True, required=False)
    createdAt = serializers.DateTimeField()


class ConnectorReport(serializers.Serializer[Any]):
    """The notices of a publish or preview request."""

    entries = ConnectorReportEntry(many=True)


class CertificationInfoComment(serializers.Serializer[Any]):
    """A comment of the certification."""

    userId = serializers.CharField(help_text="A Project key, or the name of the certification team.")
    datetime = serializers.DateTimeField()
    comment = serializers.CharField()


class CertificationInfo(serializers.Serializer[Any]):
    """The conversation of the certification."""

    comments = CertificationInfoComment(many=True)
