"""The endpoints: translate in, one domain call, translate out."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from accounts.bearer import Principal
from connectors import actions, filters, payloads, representation, update
from connectors.api import page, schema
from connectors.errors import InvalidJsonInput, InvalidQueryParam, Problem, ResourceNotFound
from connectors.models import Connector, ConnectorStaged
from connectors.update import Lookup

JSON = "application/json"
STAGED_ORDER = {
    "id": "id",
    "key": "key",
    "name": "name",
    "version": "version",
    "status": "status",
    "createdAt": "created_at",
    "lastModifiedAt": "last_modified_at",
}
CONNECTOR_ORDER = {"id": "pk", "key": "key", "name": "name", "version": "version", "createdAt": "published_at"}


def answer(document: str, *, status: int = 200) -> HttpResponse:
    """Return a ready document."""
    return HttpResponse(document, content_type=JSON, status=status)


class Endpoint(ViewSet):
    """What the endpoints share: who asks, and which row is meant."""

    def principal(self) -> Principal:
        """Return who the token speaks for; the permission made sure that there is one."""
        return cast(Principal, self.request.user)

    def lookup(self, *, id: str | None = None, key: str | None = None) -> Lookup:
        """Return the lookup of a path; what cannot be an id or a key is simply not found."""
        project_id = self.principal().project.id
        if key is not None:
            if payloads.wrong_key(key):
                raise ResourceNotFound()
            return Lookup(key=key, project_id=project_id)
        try:
            return Lookup(id=UUID(id), project_id=project_id)
        except ValueError:
            raise ResourceNotFound() from None


@extend_schema_view(list=schema.query_drafts(STAGED_ORDER), create=schema.create_draft)
class ConnectorStagedViewSet(Endpoint):
    """`/connectors/drafts`"""

    def list(self, request: Request) -> HttpResponse:
        """Query ConnectorStaged."""
        part = page.read(request.query_params, fields=STAGED_ORDER, default=("-created_at",), tie="id")
        own = ConnectorStaged.objects.of_project(self.principal().project.id)
        rows = filters.apply(filters.StagedFilter, request.query_params, own)
        documents, total = page.documents(rows, part)
        return answer(representation.page(documents, limit=part.limit, offset=part.offset, total=total))

    def create(self, request: Request) -> HttpResponse:
        """Create ConnectorStaged."""
        principal = self.principal()
        draft = update.create(request.data, project_id=principal.project.id, by=principal.actor)
        return answer(draft.document, status=201)

    def retrieve(self, request: Request, **where: str) -> HttpResponse:
        """Get ConnectorStaged by id or by key."""
        rows = ConnectorStaged.objects.filter(**self.lookup(**where).filters())
        document = rows.values_list("document", flat=True).first()
        if document is None:
            raise ResourceNotFound()
        return answer(document)

    def update(self, request: Request, **where: str) -> HttpResponse:
        """Update ConnectorStaged by id or by key."""
        version, requested = read_update(request.data)
        draft = update.apply(self.lookup(**where), version=version, requested=requested, by=self.principal().actor)
        return answer(draft.document, status=201)

    def destroy(self, request: Request, **where: str) -> HttpResponse:
        """Delete ConnectorStaged by id or by key."""
        last = update.delete(
            self.lookup(**where), version=read_version(request.query_params), by=self.principal().actor
        )
        return answer(last)


@extend_schema_view(**schema.by(schema.ID))
class ConnectorStagedById(ConnectorStagedViewSet):
    """`/connectors/drafts/{id}`"""


@extend_schema_view(**schema.by(schema.KEY))
class ConnectorStagedByKey(ConnectorStagedViewSet):
    """`/connectors/drafts/key={key}`"""


class ConnectorViewSet(Endpoint):
    """`/connectors`: production, read-only."""

    http_method_names = ["get", "head", "options"]

    def visible(self) -> Any:
        """Return what this Project may see."""
        project = self.principal().project
        return Connector.objects.visible_to(project_id=project.id, identifier=project.identifier)

    @schema.search_connectors(CONNECTOR_ORDER)
    def search(self, request: Request) -> HttpResponse:
        """Search listed Connectors."""
        part = page.read(request.query_params, fields=CONNECTOR_ORDER, default=("-published_at",), tie="pk")
        rows = filters.apply(filters.ConnectorFilter, request.query_params, self.visible().listed())
        documents, total = page.documents(rows, part)
        return answer(representation.page(documents, limit=part.limit, offset=part.offset, total=total))

    def retrieve(self, request: Request, **where: str) -> HttpResponse:
        """Get Connector by id or by key. An unlisted one still answers."""
        lookup = self.lookup(**where)
        rows = self.visible().filter(pk=lookup.id) if lookup.id else self.visible().filter(key=lookup.key)
        document = rows.values_list("document", flat=True).first()
        if document is None:
            raise ResourceNotFound()
        return answer(document)


@extend_schema_view(retrieve=schema.get_connector(schema.ID))
class ConnectorById(ConnectorViewSet):
    """`/connectors/{id}`"""


@extend_schema_view(retrieve=schema.get_connector(schema.KEY))
class ConnectorByKey(ConnectorViewSet):
    """`/connectors/key={key}`"""


def read_update(body: object) -> tuple[int, list[object]]:
    """Return version and actions of an update request, or raise InvalidJsonInput with every problem."""
    if not isinstance(body, dict):
        raise InvalidJsonInput([Problem("", "Expected an object with version and actions.")])
    version, requested = payloads.whole(body.get("version")), body.get("actions")
    problems = []
    if version is None:
        problems.append(Problem("version", "Expected the version that the actions apply to, a whole number."))
    if not isinstance(requested, list) or not 1 <= len(requested) <= actions.LARGEST_REQUEST:
        problems.append(Problem("actions", f"Expected a list of 1 to {actions.LARGEST_REQUEST} actions."))
    if problems:
        raise InvalidJsonInput(problems)
    return version, requested  # type: ignore[return-value]


def read_version(query: Any) -> int | None:
    """Return the optional `version` of a DELETE."""
    value = query.get("version")
    if value is None:
        return None
    if not page.WHOLE.fullmatch(value) or int(value) > payloads.LARGEST_INT:
        raise InvalidQueryParam([Problem("version", "Expected a whole number.")])
    return int(value)
