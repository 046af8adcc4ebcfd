from django.apps import AppConfig


class DevtoolsConfig(AppConfig):
    """Sample data, fillers and measurements. The portal imports nothing of them."""

    name = "devtools"
    verbose_name = "Development tools"
