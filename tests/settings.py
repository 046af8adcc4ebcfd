"""The settings of the tests: those of production, over plain HTTP, with a key of their own."""

import os

os.environ.setdefault("DEBUG", "off")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("HTTPS", "off")
os.environ.setdefault("MAIL_TO_LOG", "on")
os.environ.setdefault("SECURITY_CONTACT", "mailto:security@example.com")

from config.settings import *

# Served from their sources: tests need no collected manifest.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

# A slow hash protects people's passwords; a test's are known anyway, and there are thousands of sign-ins.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
