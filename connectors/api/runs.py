"""Validation runs of a draft: progress, findings, SARIF. An extension of the contract's resources."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.requests.fields import identifier
from connectors.api import run_history, schema
from connectors.api.views import Endpoint
from connectors.drafts.representation import document
from connectors.errors import InvalidOperation, ResourceNotFound
from connectors.models import CheckResult, ConnectorStaged, ValidationRun
from validator.results import Level, Severity

SARIF = "application/sarif+json"
RUN = OpenApiParameter("run", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH)


class CheckAnswer(serializers.Serializer[Any]):
    """One check of a run."""

    id = serializers.CharField()
    title = serializers.CharField()
    level = serializers.ChoiceField([level.value for level in Level])
    outcome = serializers.ChoiceField(CheckResult.Outcome.values)
    detail = serializers.CharField(allow_null=True)
    startedAt = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)


class RunAnswer(serializers.Serializer[Any]):
    """One validation of one commit."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ValidationRun.Kind.values)
    certification = serializers.BooleanField()
    state = serializers.ChoiceField(ValidationRun.State.values)
    repository = schema.Repository()
    commit = serializers.CharField(allow_null=True)
    tree = serializers.CharField(allow_null=True)
    rulePack = serializers.CharField(allow_null=True)
    tools = serializers.DictField(child=serializers.CharField())
    queuedAt = serializers.DateTimeField()
    startedAt = serializers.DateTimeField(allow_null=True)
    finishedAt = serializers.DateTimeField(allow_null=True)
    checks = CheckAnswer(many=True)


class FindingAnswer(serializers.Serializer[Any]):
    """One problem at one place."""

    check = serializers.CharField()
    rule = serializers.CharField()
    severity = serializers.ChoiceField([severity.value for severity in Severity])
    message = serializers.CharField()
    fix = serializers.CharField(allow_null=True)
    application = serializers.CharField(allow_null=True)
    path = serializers.CharField(allow_null=True)
    line = serializers.IntegerField(allow_null=True)
    column = serializers.IntegerField(allow_null=True)
    snippet = serializers.CharField(allow_null=True)
    package = serializers.CharField(allow_null=True)
    advisory = serializers.CharField(allow_null=True)
    fingerprint = serializers.CharField()


class RunWithFindings(RunAnswer):
    """A run with all its findings."""

    findings = FindingAnswer(many=True)


@extend_schema_serializer(many=False)
class RunList(serializers.Serializer[Any]):
    """The newest runs of a draft, newest first."""

    results = RunAnswer(many=True)


class RunViewSet(Endpoint):
    """`/connectors/drafts/{id}/runs`"""

    def draft_id(self, id: str) -> UUID:
        """Return the id of a draft in the token's Project, or raise ResourceNotFound."""
        found = ConnectorStaged.objects.filter(**self.lookup(id=id).filters()).values_list("pk", flat=True).first()
        if found is None:
            raise ResourceNotFound()
        return found

    def run(self, id: str, run: str) -> ValidationRun:
        """Return one run of such a draft, with its checks."""
        pk, draft_id = identifier(run), self.draft_id(id)
        found = run_history.newest(draft_id).filter(pk=pk).first() if pk else None
        if found is None:
            raise ResourceNotFound()
        return found

    @extend_schema(
        operation_id="queryValidationRuns",
        tags=["Validation"],
        parameters=[schema.ID],
        responses={200: RunList, **schema.errors(*schema.READ)},
    )
    def list(self, request: Request, id: str) -> Response:
        """Show the newest runs of a draft and the progress of their checks."""
        rows = run_history.newest(self.draft_id(id))[: run_history.NEWEST]
        return Response({"results": [run_history.run(row) for row in rows]})

    @extend_schema(
        operation_id="getValidationRun",
        tags=["Validation"],
        parameters=[schema.ID, RUN],
        responses={200: RunWithFindings, **schema.errors(*schema.READ)},
    )
    def retrieve(self, request: Request, id: str, run: str) -> Response:
        """Show a run with its checks and findings."""
        row = self.run(id, run)
        found = [run_history.finding(finding) for finding in row.findings.order_by("id")]
        return Response({**run_history.run(row), "findings": found})

    @extend_schema(
        operation_id="getValidationRunAsSarif",
        tags=["Validation"],
        parameters=[schema.ID, RUN],
        responses={(200, SARIF): {"type": "object"}, **schema.errors(*schema.READ)},
    )
    def sarif(self, request: Request, id: str, run: str) -> HttpResponse:
        """Download a finished run as SARIF 2.1.0."""
        row = self.run(id, run)
        if row.is_open:
            raise InvalidOperation("The run has not finished yet.")
        answer = HttpResponse(document(run_history.as_sarif(row)), content_type=SARIF)
        answer["Content-Disposition"] = f'attachment; filename="{row.id}.sarif"'
        return answer
