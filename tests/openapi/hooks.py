"""What schemathesis has to know of this API: how to make values of our formats, and which refusals are honest."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

REFUSED_FOR_ITS_STATE = {
    "DuplicateField",
    "InvalidOperation",
    "ConnectorAlreadyCertified",
    "ConnectorStagedInCertification",
    "ConnectorStagedNotPrivate",
    "ConnectorStagedPreviewRequestUnderProcess",
    "invalid_scope",
}
"""The contract answers 400 to a request that is valid by its schema when the draft's state does not allow it."""

NAME = r"[A-Za-z0-9_]{1,20}/[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}[A-Za-z0-9](\.git)?"
FORMATS = {
    "name": r"\A[A-Za-z0-9\u00c0-\u024f\u3041-\u3096][A-Za-z0-9 <>&\u00c0-\u024f\u3041-\u3096]{0,40}\Z",
    "repository-url": rf"\A(https://github\.com/|git@github\.com:|ssh://git@github\.com/){NAME}\Z",
    "git-tag": r"\A[A-Za-z0-9_][A-Za-z0-9_-]{0,20}(\.[0-9]{1,3}){0,3}\Z",
    "web-link": r"\Ahttps?://[a-z0-9]{1,20}\.example/[a-z0-9/]{0,20}\Z",
    "email": r"\A[a-z0-9]{1,20}@[a-z0-9]{1,20}\.example\Z",
}
for name, pattern in FORMATS.items():
    schemathesis.openapi.format(name, st.from_regex(pattern, fullmatch=True))


@schemathesis.check
def valid_requests_are_accepted(ctx: Any, response: Any, case: Any) -> bool | None:
    """Check what `positive_data_acceptance` checks, but for answers that name the draft's state as their reason."""
    if response.status_code == 400:
        codes = {error["code"] for error in response.json()["errors"]}
        if codes <= REFUSED_FOR_ITS_STATE:
            return None
    result: bool | None = positive_data_acceptance(ctx, response, case)
    return result
