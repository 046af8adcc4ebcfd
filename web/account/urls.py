"""The paths of one's own account: profile, theme, inbox and notification settings."""

from django.urls import path

from web.account import inbox, profile_page, second_factor_page, security_events, theme

urlpatterns = [
    path("profile", profile_page.profile, name="profile"),
    path("accounts/theme", theme.choose, name="theme"),
    path("accounts/second-factor", second_factor_page.set_up, name="second_factor"),
    path("accounts/security-events", security_events.show, name="security_events"),
    path("inbox", inbox.show, name="inbox"),
    path("inbox/read", inbox.read_all, name="inbox_read"),
    path("inbox/<int:pk>", inbox.follow, name="notification"),
    path("notifications", inbox.settings, name="notification_settings"),
]
