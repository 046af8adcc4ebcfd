"""The root URL configuration, and the only module that imports all apps."""

from django.contrib import admin
from django.urls import include, path

from accounts.access import github, oauth
from accounts.sessions import github_proof, proofs

urlpatterns = [
    path("oauth/token", oauth.ConnectTokenView.as_view(), name="oauth_token"),
    path("oauth/introspect", oauth.ConnectIntrospectView.as_view(), name="oauth_introspect"),
    path("oauth/token/revoke", oauth.ConnectRevokeView.as_view(), name="oauth_revoke"),
    path("", include("connectors.api.urls")),
    path("", include("web.urls")),
    # Before the library's URLs, whose names and paths they replace.
    path("accounts/github/login/", github.login, name="github_login"),
    path("accounts/github/login/callback/", github.callback, name="github_callback"),
    path("accounts/reauthenticate/github/", github_proof.prove, name="reauthenticate_github"),
    path("accounts/go-on/", proofs.go_on, name="go_on"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
# Not a handler of Django but of the library, for its rate limits.
handler429 = "config.errors.too_many_requests"
handler500 = "config.errors.server_error"
