from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages."""

    name = "web"
    verbose_name = "Pages"
