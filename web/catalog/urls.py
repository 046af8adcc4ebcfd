"""The paths of what everybody may see: home, catalog, certificates, their keys, and the contact for vulnerabilities."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from web.catalog import catalog, certificate, home, security_contact


def moved_to(name: str) -> Callable[..., HttpResponseBase]:
    """Return the view of an address that links and mails still name: it leads to the page, with its query."""
    return require_safe(RedirectView.as_view(pattern_name=name, permanent=True, query_string=True))


urlpatterns = [
    path("", home.home, name="home"),
    path("catalog", catalog.catalog, name="catalog"),
    path("catalog/<str:ref>", catalog.catalog_connector, name="catalog_connector"),
    path("catalogue", moved_to("catalog"), name="catalog_moved"),
    path("catalogue/<str:ref>", moved_to("catalog_connector"), name="catalog_connector_moved"),
    path("badges/<uuid:id>.svg", certificate.badge, name="badge"),
    path("certificates/<uuid:id>", certificate.certificate, name="certificate"),
    path("certificates/<uuid:id>.json", certificate.certificate_document, name="certificate_document"),
    path("certificates/<uuid:id>.jws", certificate.signed_certificate, name="signed_certificate"),
    path(".well-known/jwks.json", certificate.keys, name="keys"),
    path(".well-known/security.txt", security_contact.security_txt, name="security_txt"),
]
