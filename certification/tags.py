"""Where a tag leads now: the certificate is for a commit, so a tag that moved is noticed before it is given."""

from __future__ import annotations

from django.conf import settings

from connectors.validation import git
from connectors.validation.results import EngineSettings


class TagUnknown(Exception):
    """The tag could not be looked up now, or is gone; the text says why."""


def commit_of(url: str, tag: str) -> str:
    """Ask the repository which commit a tag leads to; nothing is fetched. Takes seconds, so never in a transaction."""
    try:
        return git.resolve(url, tag, settings=engine_settings())
    except git.FetchError as error:
        raise TagUnknown(error.message) from error


def engine_settings() -> EngineSettings:
    """Return how this installation reaches repositories."""
    return EngineSettings(
        checkout_dir=settings.CHECKOUT_DIR,
        url_rewrites=settings.GIT_URL_REWRITES,
        allowed_hosts=tuple(settings.GIT_HOSTS),
        fetch_seconds=10,
    )
