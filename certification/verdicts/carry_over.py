"""Carrying verdicts over to the next version, as long as what they were based on is the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from certification.choices import Decision
from certification.evidence import criteria, machine_evidence
from certification.models import Criterion, Round, Verdict
from certification.verdicts import verdicts
from connectors.contract import fields
from connectors.models import ConnectorStaged, Finding
from connectors.runs import snapshots
from connectors.runs.snapshots import File

Value = Verdict.Value

LISTING = "@listing"
"""Stands for the listing's fields in `Criterion.inputs`: a verdict on the listing is kept while they are the same."""


def listing_digest(draft: ConnectorStaged) -> str:
    """Return a digest of the listing fields as they are now."""
    values = {name: getattr(draft, name) for name in fields.JUDGED}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def carry_over(row: Round) -> int:
    """Carry over the verdicts whose inputs are the same as in an earlier round; return how many.

    The earlier round is the previous one if no reviewer decided it (this review then continues it), else the last
    certified one. Failures are never carried over, nor verdicts on criteria whose checks did not run.
    """
    earlier = Round.objects.filter(draft_id=row.draft_id, number__lt=row.number).order_by("-number")
    last = earlier.first()
    if last is None:
        return 0
    base = last if last.decision != Decision.FAILED else earlier.filter(decision=Decision.CERTIFIED).first()
    if base is None:
        return 0
    before, after = _Inputs.from_round(base), _Inputs.from_round(row)
    held = criteria.rows_of(base, machine_evidence.gather(base, now=row.opened_at))
    unproven = {found.criterion.pk for found in criteria.unproven(held)}
    carried = 0
    for verdict in base.verdicts.select_related("criterion", "carried_from"):
        criterion = verdict.criterion
        if verdict.value == Value.FAIL or criterion.pk in unproven or not criterion.active or not criterion.inputs:
            continue
        if before.digest(criterion) != after.digest(criterion) or before.digest(criterion) is None:
            continue
        value = Value.NOT_APPLICABLE if verdict.value == Value.NOT_APPLICABLE else Value.CARRIED
        origin = verdict.carried_from or base
        verdicts.store(
            row, criterion, None, {"value": value, "comment": verdict.comment, "by": verdict.by, "carried_from": origin}
        )
        carried += 1
    return carried


@dataclass(frozen=True)
class _Inputs:
    """What the verdicts of a round were based on."""

    files: Mapping[str, File] | None
    results: Mapping[str, str]
    findings: Sequence[Finding]
    listing: str

    @classmethod
    def from_round(cls, row: Round) -> _Inputs:
        run = machine_evidence.run_of(row)
        return cls(
            files=snapshots.files(row.tree),
            results={r.check_id: r.outcome for r in run.results.all()} if run else {},
            findings=list(run.findings.all()) if run else [],
            listing=row.listing_digest,
        )

    def digest(self, criterion: Criterion) -> str | None:
        """Return a digest of everything that a criterion depends on; None when that is unknown."""
        parts: list[str] = []
        patterns = [pattern for pattern in criterion.inputs if pattern != LISTING]
        if patterns and self.files is None:
            return None
        for path, file in (self.files or {}).items():
            if any(fits(path, pattern) for pattern in patterns):
                parts.append(f"{path}\0{file.digest}")
        if LISTING in criterion.inputs:
            parts.append(self.listing)
        parts += [f"{check}={self.results.get(check, '')}" for check in criterion.checks]
        parts += sorted(f.fingerprint for f in self.findings if f.check_id in criterion.checks)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def fits(path: str, pattern: str) -> bool:
    """Return whether a path matches a pattern: `**` matches any folders, `*` any characters of one name."""
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    words = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(words.get(part) or re.escape(part) for part in re.split(r"(\*\*/|\*\*|\*)", pattern)))
