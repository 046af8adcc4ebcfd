"""Where a tag leads now: the certificate is for a commit, so a tag that moved is noticed before it is given."""

from __future__ import annotations

from dataclasses import replace

from accounts.sealing import Broken
from connectors.models import ConnectorStaged
from connectors.runs import engine
from validator.source import git

SECONDS = 10.0
"""How long somebody who certifies waits for the repository at most."""


class TagUnknown(Exception):
    """The tag could not be looked up now, or is gone; the text says why."""


def commit_of(draft: ConnectorStaged, *, tag: str) -> str:
    """Ask the repository which commit a tag leads to; nothing is fetched. Takes seconds, so never in a transaction."""
    try:
        settings = replace(engine.settings_for(draft.project, url=draft.repository_url), fetch_seconds=SECONDS)
        return git.resolve(draft.repository_url, tag, settings=settings)
    except git.FetchError as error:
        raise TagUnknown(error.message) from error
    except Broken as error:
        raise TagUnknown("The Project's deploy key cannot be opened any more.") from error
