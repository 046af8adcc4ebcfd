"""The commit that a tag leads to now. A certificate is for a commit, so a moved tag must be noticed before."""

from __future__ import annotations

from dataclasses import replace

from accounts.sealing import Broken
from connectors.models import ConnectorStaged
from connectors.runs import engine
from validator.source import git

SECONDS = 10.0
"""In seconds, how long a person who certifies waits for the repository."""


class TagUnknown(Exception):
    """The tag is gone, or could not be looked up; the text says why."""


def commit_of(draft: ConnectorStaged, *, tag: str) -> str:
    """Ask the repository which commit a tag leads to, without a fetch. It may take seconds: call it in no transaction.

    Raises TagUnknown.
    """
    try:
        settings = replace(engine.settings_for(draft.project, url=draft.repository_url), fetch_seconds=SECONDS)
        return git.resolve(draft.repository_url, tag, settings=settings)
    except git.FetchError as error:
        raise TagUnknown(error.message) from error
    except Broken as error:
        raise TagUnknown("The Project's deploy key can no longer be decrypted.") from error
