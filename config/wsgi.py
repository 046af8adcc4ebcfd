"""The WSGI application of the portal."""

import logging
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from accounts import installation  # noqa: E402 - settings are there only now

for problem in installation.problems():
    logging.getLogger("web").error("Not ready: %s", problem)
