"""The paths of the inbox."""

from django.urls import path

from certification.notifications import views

urlpatterns = [
    path("inbox", views.show, name="inbox"),
    path("inbox/read", views.read_all, name="inbox_read"),
    path("inbox/<int:pk>", views.follow, name="notification"),
    path("notifications", views.settings, name="notification_settings"),
]
