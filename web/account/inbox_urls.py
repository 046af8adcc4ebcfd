"""The paths of the inbox."""

from django.urls import path

from web.account import inbox

urlpatterns = [
    path("inbox", inbox.show, name="inbox"),
    path("inbox/read", inbox.read_all, name="inbox_read"),
    path("inbox/<int:pk>", inbox.follow, name="notification"),
    path("notifications", inbox.settings, name="notification_settings"),
]
