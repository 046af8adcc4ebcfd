"""The paths of what everybody may see: home, catalog, certificates and their keys."""

from django.urls import path

from web.catalog import catalog, certificate, home

urlpatterns = [
    path("", home.home, name="home"),
    path("catalogue", catalog.catalog, name="catalog"),
    path("catalogue/<str:ref>", catalog.catalog_connector, name="catalog_connector"),
    path("badges/<uuid:id>.svg", certificate.badge, name="badge"),
    path("certificates/<uuid:id>", certificate.certificate, name="certificate"),
    path("certificates/<uuid:id>.json", certificate.certificate_document, name="certificate_document"),
    path("certificates/<uuid:id>.jws", certificate.signed_certificate, name="signed_certificate"),
    path(".well-known/jwks.json", certificate.keys, name="keys"),
]
