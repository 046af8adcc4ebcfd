"""The check for a well-known license."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from validator.checks.applications import manifest
from validator.findings import conclude, in_time
from validator.knowledge import licenses
from validator.results import CheckContext, CheckResult, Finding, Level, Rule, Severity
from validator.source import lfs, links, paths

MAX_LICENCE = 200_000

MISSING = Rule(
    "licence-missing",
    "License file missing",
    Severity.ERROR,
    "Without a license, nobody may use, copy or change the connector.",
    "Add a LICENSE file with the full text of a license from the SPDX list.",
)
UNKNOWN = Rule(
    "licence-unknown",
    "License not recognized",
    Severity.ERROR,
    "Users can judge a well-known license by its name; any other text needs a lawyer.",
    "Use the unchanged text of a license from the SPDX list, or explain your own terms to the reviewer.",
)
OTHER = Rule(
    "licence-differs",
    "Manifest names another license",
    Severity.NOTE,
    "Tools read the manifest and people read the file; both should name the same license.",
    "Correct the license field of the manifest.",
)

# LICENSE, LICENSE-MIT, MIT-LICENSE.txt, Apache-2.0-LICENSE, COPYING.LESSER; and in a folder: license/LICENSE.txt,
# LICENSES/MIT.txt. Other prefixes mean other files: THIRD-PARTY-LICENSES.
_KNOWN = (
    r"(0?bsd|mit|isc|apache|[al]?gpl|mpl|epl|eupl|cddl|osl|afl|busl|elastic|sspl|cc0|cc-by|bsl|zlib|wtfpl|ms-pl)"
    r"[-_.v\d]*(clause|0)?"
)
_FILE = rf"(un)?licen[cs]e([-_.][\w.-]*)?|copying([-_.][\w.-]*)?|{_KNOWN}[-_.]licen[cs]e([-_.][\w.-]*)?"
_NAME = re.compile(
    rf"({_FILE})|licen[cs]es?/({_FILE}|{_KNOWN}[\w.-]*)|licenses/(?!third|3rd)[\w.-]+\.txt", re.IGNORECASE
)
_CODE = re.compile(r"\.(js|mjs|cjs|ts|tsx|jsx|json|py|java|php|html|ya?ml|svg|png|key|bin)$", re.IGNORECASE)


class LicenceCheck:
    """Look for the text of a well-known license.

    What: A file LICENSE, LICENCE, COPYING or UNLICENSE, with or without the license's name (LICENSE-APACHE,
    MIT-LICENSE.txt), at the root or in a folder LICENSE or LICENSES, with the text of a license from the SPDX list. It
    is recognized by phrases that only its text contains. A package.json or composer.json that names another license is
    a note; each license of an expression (`MIT OR Apache-2.0`, `MIT/Apache-2.0`) must be present.

    Why: A certified connector is offered to everybody. The license says what they may do with it.

    Fix: Put the full, unchanged text into the file. `SEE LICENSE IN ...` and a name in the README are not enough.

    Level: Needed to certify; otherwise the findings are advice.
    """

    id = "licence"
    title = "License"
    level = Level.REQUIRED
    certification_only = True
    seconds = 30.0
    rules: tuple[Rule, ...] = (MISSING, UNKNOWN, OTHER)

    def run(self, context: CheckContext) -> CheckResult:
        """Read the license files at the root, then the manifests of the applications."""
        return conclude(self, self._search(context))

    def _search(self, context: CheckContext) -> Iterator[Finding]:
        deadline = min(context.deadline, time.monotonic() + self.seconds)
        tree = links.Followed(context.tree)
        files = [path for path in tree.paths() if _NAME.fullmatch(path) and not _CODE.search(path)]
        if not files:
            instead = links.told_instead(tree, fits=lambda path: _NAME.fullmatch(path) is not None)
            yield MISSING.finding(instead or "There is no license file at the root of the repository.")
            return
        known = {path: licenses.recognize(tree.read(path, MAX_LICENCE).decode("utf-8", "replace")) for path in files}
        found = sorted({name for name in known.values() if name})
        if not found:
            path = next((path for path in files if lfs.is_pointer_at(tree, path)), files[0])
            unknown = f"The text of {path} is not a license that the check recognizes."
            yield UNKNOWN.finding(lfs.told(path) if lfs.is_pointer_at(tree, path) else unknown, path=path)
            return
        applications = paths.applications(context.tree, context.specification)
        folders = ["", *(f"{row.path}/" for row in applications)]
        present = frozenset(tree.paths())
        for path in (f"{folder}{name}" for folder in folders for name in ("package.json", "composer.json")):
            in_time(deadline)
            if path not in present:
                continue
            content = manifest(tree, path) or {}
            for name in _named(content.get("license") or content.get("licenses")):
                if not any(licenses.same(name, other) for other in found):
                    yield OTHER.finding(
                        f"{path} says {name}, the license file is {' and '.join(found)}.",
                        path=path,
                        application=paths.owner(path, applications),
                        snippet=name,
                    )


_BETWEEN = re.compile(r"\s+(?:OR|AND)\s+|\s*[,;/|&()]\s*|\s+WITH\s+[\w.-]+", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S*?([^/\s]+?)(\.html?|\.txt|\.php)?/?$", re.IGNORECASE)


def _named(value: Any) -> list[str]:
    """Return the licenses that a manifest names; an expression or a list is split, a reference names none.

    `MIT/Apache-2.0` is the old form of `MIT OR Apache-2.0`; an exception (`WITH`) belongs to its license. Of an
    address, only the last part counts.
    """
    texts = [
        row.get("type") if isinstance(row, dict) else row for row in (value if isinstance(value, list) else [value])
    ]
    words = [
        word
        for text in texts
        if isinstance(text, str) and not text.strip().upper().startswith(("SEE ", "PROPRIETARY"))
        for word in _BETWEEN.split(_ADDRESS.sub(r"\1", text[:300].strip()))
    ]
    return [word.strip() for word in words if word.strip()]


check = LicenceCheck()
