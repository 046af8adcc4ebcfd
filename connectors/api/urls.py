"""The paths of the Connect API. Order matters: fixed words come before ids."""

from django.urls import path, re_path

from connectors.api import envelope
from connectors.api.views import ConnectorStagedViewSet, ConnectorViewSet

drafts = ConnectorStagedViewSet.as_view({"get": "list", "post": "create"})
draft = ConnectorStagedViewSet.as_view({"get": "retrieve", "post": "update", "delete": "destroy"})
connector = ConnectorViewSet.as_view({"get": "retrieve"})

urlpatterns = [
    path("connectors/drafts", drafts, name="api_drafts"),
    path("connectors/drafts/key=<str:key>", draft, name="api_draft_by_key"),
    path("connectors/drafts/<str:id>", draft, name="api_draft"),
    path("connectors/search", ConnectorViewSet.as_view({"get": "search"}), name="api_search"),
    path("connectors/key=<str:key>", connector, name="api_connector_by_key"),
    path("connectors/<str:id>", connector, name="api_connector"),
    re_path(r"^(connectors|oauth)(/.*)?$", envelope.unknown_path),
]
