"""Every page, room by room."""

from django.urls import include, path

urlpatterns = [
    path("", include("web.catalog.urls")),
    path("", include("web.developers.urls")),
    path("", include("web.reviewers.urls")),
    path("", include("web.projects.urls")),
    path("", include("web.account.urls")),
]
