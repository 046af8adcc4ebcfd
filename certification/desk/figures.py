"""The figures of the desk as data: review times, rounds until a decision, workloads, and how often rules are right.

They cover the rounds that were decided within a period. Times are in business days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from certification import business_calendar, overdue
from certification.business_calendar import Calendar
from certification.choices import Decision, RoundKind, Turn
from certification.models import Round
from connectors.models import Finding, Waiver

PERIOD = timedelta(days=90)
LAST_DECISIONS = 30
MOST_RULES = 15
BY_REVIEWERS = (Decision.CERTIFIED, Decision.FAILED)


@dataclass(frozen=True)
class Spread:
    """A distribution of `count` values in business days, with its median and its 80th percentile."""

    count: int
    median: float | None
    p80: float | None


@dataclass(frozen=True)
class Load:
    """The workload of one reviewer: open reviews, and decisions in the period."""

    reviewer: str
    open: int
    overdue: int
    decided: int


@dataclass(frozen=True)
class RuleFigure:
    """How often a rule found something, and how often reviewers called it a false alarm."""

    rule: str
    findings: int
    waived: int
    false_alarms: int
    precision: float


@dataclass(frozen=True)
class Week:
    """How many rounds were opened and decided in the week that begins on `monday`."""

    monday: str
    opened: int
    certified: int
    failed: int


@dataclass(frozen=True)
class Figures:
    """All figures of one period."""

    since: str
    until: str
    open: int
    overdue: int
    waiting_for_developer: int
    to_first_answer: Spread
    to_decision: dict[str, Spread]
    in_turn: dict[str, Spread]
    rounds_to_decision: dict[str, int]
    decided_overdue: int
    weeks: tuple[Week, ...]
    load: tuple[Load, ...]
    rules: tuple[RuleFigure, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return asdict(self)


def compute(*, now: datetime, period: timedelta = PERIOD) -> Figures:
    """Compute the figures of the period that ends at `now`."""
    since, calendar = now - period, business_calendar.calendar()
    decided = list(
        Round.objects.filter(decided_at__gt=since, decided_at__lte=now, decision__in=BY_REVIEWERS).select_related(
            "decided_by"
        )
    )
    open_rounds = Round.objects.open()
    return Figures(
        since=since.date().isoformat(),
        until=now.date().isoformat(),
        open=open_rounds.count(),
        overdue=open_rounds.filter(overdue.condition(now)).count(),
        waiting_for_developer=open_rounds.filter(turn=Turn.DEVELOPER).count(),
        to_first_answer=spread(_first_answers(since, now, calendar)),
        to_decision={
            str(kind.label): spread(r.reviewer_time / business_calendar.DAY for r in decided if r.kind == kind)
            for kind in RoundKind
        },
        in_turn={
            "Reviewer": spread(r.reviewer_time / business_calendar.DAY for r in decided),
            "Developer": spread(r.developer_time / business_calendar.DAY for r in decided),
            "System": spread(r.system_time / business_calendar.DAY for r in decided),
        },
        rounds_to_decision=_rounds(decided),
        decided_overdue=sum(overdue.was_overdue(r) for r in decided),
        weeks=_weeks(decided, since=since, now=now),
        load=_load(decided, now=now),
        rules=_rules(since),
    )


def usual_days(kind: str) -> float | None:
    """Return the 80th percentile of the business days until the last decisions of a kind; None while there are few."""
    times = Round.objects.filter(kind=kind, decision__in=BY_REVIEWERS).order_by("-decided_at")
    last = list(times.values_list("reviewer_time", flat=True)[:LAST_DECISIONS])
    return spread(t / business_calendar.DAY for t in last).p80 if len(last) >= LAST_DECISIONS // 3 else None


def spread(values: Iterable[float]) -> Spread:
    """Return count, median and 80th percentile of some values (the smallest value that 80 % do not exceed)."""
    found = sorted(values)
    if not found:
        return Spread(0, None, None)
    return Spread(len(found), round(_share(found, 0.5), 2), round(_share(found, 0.8), 2))


def _share(found: Sequence[float], share: float) -> float:
    return found[max(0, -(-int(len(found) * share * 1000) // 1000) - 1)]


def _first_answers(since: datetime, now: datetime, calendar: Calendar) -> list[float]:
    rows = Round.objects.filter(first_answer_at__gt=since, first_answer_at__lte=now)
    return [
        calendar.between(a, b) / business_calendar.DAY for a, b in rows.values_list("opened_at", "first_answer_at") if b
    ]


def _rounds(decided: Sequence[Round]) -> dict[str, int]:
    """Return how many decisions took one round, two rounds and so on, counted since the previous decision."""
    counted: Counter[int] = Counter()
    drafts = {r.draft_id for r in decided}
    history: dict[Any, list[tuple[int, str]]] = defaultdict(list)
    for draft_id, number, decision in (
        Round.objects.filter(draft_id__in=drafts).order_by("number").values_list("draft_id", "number", "decision")
    ):
        history[draft_id].append((number, decision))
    for row in decided:
        before = [n for n, decision in history[row.draft_id] if n < row.number and decision in BY_REVIEWERS]
        counted[row.number - max(before, default=0)] += 1
    return {str(number): counted[number] for number in sorted(counted)}


def _weeks(decided: Sequence[Round], *, since: datetime, now: datetime) -> tuple[Week, ...]:
    opened = Counter(
        _monday(at) for at in Round.objects.filter(opened_at__gt=since).values_list("opened_at", flat=True)
    )
    ended = Counter((_monday(r.decided_at), r.decision) for r in decided if r.decided_at)
    weeks: list[Week] = []
    monday = _monday(since)
    while monday <= _monday(now):
        weeks.append(Week(monday, opened[monday], ended[monday, Decision.CERTIFIED], ended[monday, Decision.FAILED]))
        monday = (datetime.fromisoformat(monday) + timedelta(days=7)).date().isoformat()
    return tuple(weeks)


def _monday(moment: datetime) -> str:
    return (moment - timedelta(days=moment.weekday())).date().isoformat()


def _load(decided: Sequence[Round], *, now: datetime) -> tuple[Load, ...]:
    done = Counter(str(r.decided_by) for r in decided if r.decided_by)
    held = (
        Round.objects.open()
        .exclude(assignee=None)
        .values("assignee__name", "assignee__email")
        .annotate(open=Count("pk"), overdue=Count("pk", filter=overdue.condition(now)))
        .order_by()
    )
    has = {row["assignee__name"] or row["assignee__email"]: (row["open"], row["overdue"]) for row in held}
    names = sorted({*done, *has}, key=lambda name: (-has.get(name, (0, 0))[0], name))
    return tuple(Load(name, *has.get(name, (0, 0)), done[name]) for name in names)


def _rules(since: datetime) -> tuple[RuleFigure, ...]:
    """Return the rules with the most waivers, each with the share of its findings that were not false alarms."""
    waived: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for rule, false_alarm in Waiver.objects.filter(approved_at__isnull=False).values_list("rule", "false_alarm"):
        waived[rule] += 1
        wrong[rule] += bool(false_alarm)
    found = Finding.objects.filter(run__finished_at__gt=since, run__rounds__isnull=False)
    counts = dict(
        found.values_list("rule").annotate(number=Count("fingerprint", distinct=True)).order_by("-number")[:200]
    )
    listed = [
        RuleFigure(
            rule,
            number,
            waived[rule],
            wrong[rule],
            round(1 - min(wrong[rule], number) / number, 2),
        )
        for rule, number in counts.items()
        if number
    ]
    return tuple(sorted(listed, key=lambda figure: (figure.precision, -figure.findings))[:MOST_RULES])
