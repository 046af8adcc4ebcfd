"""The endpoints: translate in, one domain call, translate out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from accounts.access.bearer import Principal
from accounts.limits import table as limit_table
from accounts.requests.fields import identifier
from connectors import limits
from connectors.api import filters, page, schema
from connectors.api.page import Page
from connectors.contract import request_fields
from connectors.drafts import actions, representation, update
from connectors.drafts.update import Lookup
from connectors.errors import ConnectorError, InvalidJsonInput, InvalidQueryParam, Problem, ResourceNotFound
from connectors.store import counts, json_cache, sql_conditions
from connectors.store.sql_conditions import Selection

JSON = "application/json"
# What has no key comes first, on every database.
KEY = "coalesce(key, '')"
STAGED_ORDER = {
    "id": "id",
    "key": KEY,
    "name": "name",
    "version": "version",
    "status": "status",
    "createdAt": "created_at",
    "lastModifiedAt": "last_modified_at",
}
CONNECTOR_ORDER = {"id": "id", "key": KEY, "name": "name", "version": "version", "createdAt": "published_at"}


def answer(document: str, *, status: int = 200) -> HttpResponse:
    """Return a ready document."""
    return HttpResponse(document, content_type=JSON, status=status)


class Endpoint(ViewSet):
    """What the endpoints share: who asks, which row is meant, and how rows are answered."""

    def principal(self) -> Principal:
        """Return who the token speaks for; the permission made sure that there is one."""
        return cast(Principal, self.request.user)

    def lookup(self, *, id: str | None = None, key: str | None = None) -> Lookup:
        """Return the lookup of a path; what cannot be an id or a key is simply not found."""
        project = self.principal().project
        if key is not None:
            if request_fields.wrong_key(key):
                raise ResourceNotFound()
            return Lookup(key=key, project_id=project.id, project_key=project.key)
        found = identifier(id or "")
        if found is None:
            raise ResourceNotFound()
        return Lookup(id=found, project_id=project.id, project_key=project.key)

    def count_query(self) -> None:
        """Count a query of a list. Raises TooManyRequests."""
        limits.spend(limit_table.SEARCHES_BY_CLIENT, of=self.principal().client_id)

    def one(self, table: str, rows: Selection, **where: str) -> HttpResponse:
        """Answer the document of the row that the path names."""
        lookup = self.lookup(**where)
        named = (
            sql_conditions.with_id(rows, lookup.id) if lookup.id else sql_conditions.with_key(rows, lookup.key or "")
        )
        document = json_cache.one(table, named)
        if document is None:
            raise ResourceNotFound()
        return answer(document)

    def page(self, table: str, rows: Selection, *, part: Page, total: int, indexed: bool = False) -> HttpResponse:
        """Answer a page of documents. `indexed` says that an index finds the rows themselves, in no order."""
        found = []
        if part.limit and part.offset < total:
            gather = indexed and total <= json_cache.FEW
            found = json_cache.page(table, rows, order=part.order, limit=part.limit, offset=part.offset, gather=gather)
        return answer(representation.page(found, limit=part.limit, offset=part.offset, total=total))


@extend_schema_view(list=schema.query_drafts(STAGED_ORDER), create=schema.create_draft)
class ConnectorStagedViewSet(Endpoint):
    """`/connectors/drafts`"""

    def own(self) -> Selection:
        """Select the Project's drafts."""
        return sql_conditions.of_project(self.principal().project.id)

    def list(self, request: Request) -> HttpResponse:
        """Query ConnectorStaged."""
        self.count_query()
        part = page.read(request.GET, fields=STAGED_ORDER, default=("created_at DESC",), tie="id")
        rows = filters.apply(filters.StagedFilter, request.GET, self.own())
        return self.page(json_cache.DRAFTS, rows, part=part, total=counts.of_drafts(rows))

    def create(self, request: Request) -> HttpResponse:
        """Create ConnectorStaged."""
        principal = self.principal()
        project = principal.project
        draft = update.create(request.data, project_id=project.id, project_key=project.key, by=principal.actor)
        return answer(draft.document, status=201)

    def retrieve(self, request: Request, **where: str) -> HttpResponse:
        """Get ConnectorStaged by id or by key."""
        return self.one(json_cache.DRAFTS, self.own(), **where)

    def update(self, request: Request, **where: str) -> HttpResponse:
        """Update ConnectorStaged by id or by key."""
        lookup = self.lookup(**where)
        with not_found_first(lookup):
            version, requested = read_update(request.data)
        draft = update.apply(lookup, version=version, requested=requested, by=self.principal().actor)
        return answer(draft.document, status=201)

    def destroy(self, request: Request, **where: str) -> HttpResponse:
        """Delete ConnectorStaged by id or by key, and its Connector where that was never public."""
        lookup = self.lookup(**where)
        with not_found_first(lookup):
            version = read_version(request.GET)
        return answer(update.delete(lookup, version=version, by=self.principal().actor))


@extend_schema_view(**schema.by(schema.ID))
class ConnectorStagedById(ConnectorStagedViewSet):
    """`/connectors/drafts/{id}`"""


@extend_schema_view(**schema.by(schema.KEY))
class ConnectorStagedByKey(ConnectorStagedViewSet):
    """`/connectors/drafts/key={key}`"""


class ConnectorViewSet(Endpoint):
    """`/connectors`: production, read-only."""

    http_method_names = ["get", "head", "options"]

    def visible(self) -> Selection:
        """Select what this Project may see."""
        project = self.principal().project
        return sql_conditions.visible(project_id=project.id, identifier=project.identifier)

    @schema.search_connectors(CONNECTOR_ORDER)
    def search(self, request: Request) -> HttpResponse:
        """Search listed Connectors."""
        self.count_query()
        part = page.read(request.GET, fields=CONNECTOR_ORDER, default=("published_at DESC",), tie="id")
        listed = self.visible().where("unlisted_at IS NULL")
        rows = filters.apply(filters.ConnectorFilter, request.GET, listed)
        total = counts.of_connectors(rows)
        return self.page(json_cache.CONNECTORS, rows, part=part, total=total, indexed="text" in request.GET)

    def retrieve(self, request: Request, **where: str) -> HttpResponse:
        """Get Connector by id or by key. An unlisted one still answers."""
        return self.one(json_cache.CONNECTORS, self.visible(), **where)


@extend_schema_view(retrieve=schema.get_connector(schema.ID))
class ConnectorById(ConnectorViewSet):
    """`/connectors/{id}`"""


@extend_schema_view(retrieve=schema.get_connector(schema.KEY))
class ConnectorByKey(ConnectorViewSet):
    """`/connectors/key={key}`"""


@contextmanager
def not_found_first(lookup: Lookup) -> Iterator[None]:
    """Let nothing be judged of a request about a draft that the caller may not see: that one is not found.

    Only what is refused anyway asks the database twice.
    """
    try:
        yield
    except (ConnectorError, APIException, RequestDataTooBig):
        update.require(lookup)
        raise


def read_update(body: object) -> tuple[int, list[object]]:
    """Return version and actions of an update request, or raise InvalidJsonInput with every problem."""
    if not isinstance(body, dict):
        raise InvalidJsonInput([Problem("", "Expected an object with version and actions.")])
    version, requested = request_fields.whole(body.get("version")), body.get("actions")
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
    if not page.WHOLE.fullmatch(value) or int(value) > request_fields.LARGEST_INT:
        raise InvalidQueryParam([Problem("version", "Expected a whole number.")])
    return int(value)
