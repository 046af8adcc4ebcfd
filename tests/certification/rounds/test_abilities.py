"""Every verb of the review, for every person in every state: what is offered is what happens, in the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.ability import Ability
from accounts.access.permissions import may
from accounts.models import Membership, User
from accounts.roles import ProjectRole, Role
from certification import decisions
from certification.choices import Escalation
from certification.decisions import certificate, changes, failure, question
from certification.desk import claims, review_queue
from certification.models import ApprovalRule, ChangeRequest, LineComment, Round
from certification.rounds import conversation, escalations, reruns, rounds, submissions
from certification.rounds.abilities import Abilities, abilities
from certification.verdicts import verdicts, waiver_decisions
from connectors.errors import ConnectorError
from connectors.models import ConnectorStaged, Finding, Waiver
from tests import factory
from tests.certification.world import Problem, World, chosen

pytestmark = pytest.mark.django_db

CRITERION = "secrets"
REASON = "It is a key of the test account only."
TRIFLE = Problem(severity="warning")


@dataclass(frozen=True)
class Case:
    """One round with everything in it that a verb may be about."""

    round: Round
    open_request: ChangeRequest
    done_request: ChangeRequest
    settled_request: ChangeRequest
    unsent: LineComment
    sent: LineComment
    proposed: Waiver
    active: Waiver
    revoked: Waiver
    finding: Finding
    colleague: User

    @property
    def pk(self) -> UUID:
        """The id of the draft."""
        return self.round.draft_id


Ask = Callable[[Abilities, Case], Ability]
Do = Callable[[Case, User], object]

VERBS: dict[str, tuple[Ask, Do]] = {
    "claim": (lambda can, _: can.claim(), lambda case, by: claims.start(case.pk, by=by)),
    "release": (lambda can, _: can.release(), lambda case, by: claims.release(case.pk, by=by)),
    "assign": (
        lambda can, case: can.assign() and can.assign_to(case.colleague),
        lambda case, by: claims.assign(case.pk, to=case.colleague, by=by),
    ),
    "assign to oneself": (
        lambda can, _: can.assign_to(can.by),
        lambda case, by: claims.assign(case.pk, to=by, by=by),
    ),
    "comment": (lambda can, _: can.comment(), lambda case, by: conversation.comment(case.pk, by=by, message="Hello.")),
    "note": (lambda can, _: can.note(), lambda case, by: conversation.note(case.pk, by=by, text="A note.")),
    "save unsent": (
        lambda can, _: can.save_unsent(),
        lambda case, by: conversation.keep_unsent(case.round, by=by, slot="note", text="A", now=timezone.now()),
    ),
    "line comment": (
        lambda can, _: can.line_comment(),
        lambda case, by: conversation.remark(case.pk, by=by, path="README.md", line=1, text="Why?"),
    ),
    "drop an unsent line comment": (
        lambda can, case: can.drop_line_comment(case.unsent),
        lambda case, by: conversation.drop_remark(case.pk, case.unsent.pk, by=by),
    ),
    "drop a sent line comment": (
        lambda can, case: can.drop_line_comment(case.sent),
        lambda case, by: conversation.drop_remark(case.pk, case.sent.pk, by=by),
    ),
    "request a change": (
        lambda can, _: can.request_change(),
        lambda case, by: conversation.request(case.pk, by=by, text="Add a test."),
    ),
    **{
        f"{verb} {state} request": (
            lambda can, case, name=f"{state}_request": can.settle(getattr(case, name)),
            lambda case, by, name=f"{state}_request", verb=verb: conversation.settle(
                case.pk, getattr(case, name).pk, by=by, accepted=verb == "accept"
            ),
        )
        for verb in ("accept", "drop")
        for state in ("open", "done", "settled")
    },
    **{
        f"reopen {state} request": (
            lambda can, case, name=f"{state}_request": can.reopen(getattr(case, name)),
            lambda case, by, name=f"{state}_request": conversation.reopen(case.pk, getattr(case, name).pk, by=by),
        )
        for state in ("open", "done", "settled")
    },
    "escalate": (
        lambda can, _: can.escalate(),
        lambda case, by: escalations.escalate(case.pk, to=Escalation.LEAD, by=by, note="Look at the keys."),
    ),
    "end escalation": (
        lambda can, _: can.end_escalation(),
        lambda case, by: escalations.escalate(case.pk, to=Escalation.NONE, by=by),
    ),
    "give verdict": (
        lambda can, _: can.give_verdict(),
        lambda case, by: verdicts.decide(case.pk, CRITERION, "pass", by=by, comment="Read by hand."),
    ),
    "accept evidence": (
        lambda can, _: can.accept_evidence(),
        lambda case, by: verdicts.accept_evidence(case.pk, by=by),
    ),
    "propose waiver": (
        lambda can, _: can.propose_waiver(),
        lambda case, by: waiver_decisions.propose(case.pk, case.finding.pk, by=by, scope="finding", reason=REASON),
    ),
    **{
        f"{verb} {state} waiver": (
            lambda can, case, verb=verb, state=state: getattr(can, f"{verb}_waiver")(getattr(case, state)),
            lambda case, by, verb=verb, state=state: getattr(waiver_decisions, verb)(
                case.pk, getattr(case, state).pk, by=by
            ),
        )
        for verb in ("approve", "revoke")
        for state in ("proposed", "active", "revoked")
    },
    "recheck": (lambda can, _: can.recheck(), lambda case, by: reruns.recheck(case.pk, by=by)),
    "fetch tags": (lambda can, _: can.fetch_tags(), lambda case, by: reruns.fetch_tags(case.pk, tags=[], by=by)),
    "reveal": (lambda can, _: can.reveal(), lambda case, by: submissions.reveal(case.pk, by=by)),
    **{
        kind: (
            lambda can, _, decision=decision: decision.ability(can),
            lambda case, by, decision=decision: decision.send(case.pk, by=by, message="No.", **chosen(decision)),
        )
        for kind, decision in decisions.registered().items()
    },
}

ASKED = {
    "claim": ["claim"],
    "release": ["release"],
    "assign": ["assign"],
    "assign_to": ["assign", "assign to oneself"],
    "drop_line_comment": ["drop an unsent line comment", "drop a sent line comment"],
    "request_change": ["request a change"],
    "settle": [f"{verb} {state} request" for verb in ("accept", "drop") for state in ("open", "done", "settled")],
    "reopen": [f"reopen {state} request" for state in ("open", "done", "settled")],
    "approve_waiver": [f"approve {state} waiver" for state in ("proposed", "active", "revoked")],
    "revoke_waiver": [f"revoke {state} waiver" for state in ("proposed", "active", "revoked")],
    "decide": list(decisions.registered()),
    "sets_deadline": ["changes"],
}
"""Which verbs of the table ask what, where the name does not say it."""


def people(world: World, project_id: int) -> dict[str, User]:
    """Return one person of each kind; Rita has the reviews, Simon signs first."""
    project = factory.project()
    inside = world.person("Ines")
    Membership.objects.get_or_create(project=project, user=inside, defaults={"role": ProjectRole.DEVELOPER})
    developer = factory.user("developer@example.com", name="Dora")
    Membership.objects.get_or_create(project=project, user=developer, defaults={"role": ProjectRole.DEVELOPER})
    left = world.person("Lena")
    left.is_active = False
    return {
        "assigned reviewer": world.person("Rita"),
        "reviewer": world.person("Rob"),
        "first signer": world.person("Simon"),
        "reviewer of the same Project": inside,
        "lead": world.person("Lea", Role.LEAD_REVIEWER),
        "security reviewer": world.person("Sven", Role.SECURITY_REVIEWER),
        "admin": world.person("Ada", Role.ADMIN),
        "auditor": world.person("Ute", Role.AUDITOR),
        "reviewer who left": left,
        "owner": factory.owner(),
        "developer": developer,
        "stranger": factory.stranger(),
    }


def ready(world: World) -> ConnectorStaged:
    """In the queue, with nobody."""
    return world.submitted(problems=[TRIFLE])


def assigned(world: World) -> ConnectorStaged:
    """In the queue, given to Rita by a lead."""
    draft = ready(world)
    claims.assign(draft.pk, to=world.person("Rita"), by=world.person("Lea", Role.LEAD_REVIEWER))
    return draft


def begun(world: World) -> ConnectorStaged:
    """Begun by Rita, nothing decided."""
    return world.begun(world.person("Rita"), problems=[TRIFLE])


def with_credentials(world: World) -> ConnectorStaged:
    """Begun, with credentials for testing and an escalation."""
    draft = begun(world)
    keep = {"credentials": "user:secret", "credentials_expire_at": timezone.now() + timedelta(days=1)}
    submissions.keep(draft, by=factory.developer(), **keep)
    escalations.escalate(draft.pk, to=Escalation.LEAD, by=world.person("Rita"), note="Look at the keys.")
    return draft


def decided(world: World) -> ConnectorStaged:
    """Begun, every criterion decided, so that it can be certified."""
    draft = begun(world)
    verdicts.accept_evidence(draft.pk, by=world.person("Rita"))
    world.decided(draft, world.person("Rita"))
    return draft


def signed(world: World) -> ConnectorStaged:
    """Signed by Simon; somebody else signs second."""
    ApprovalRule.objects.create(name="All")
    draft = world.begun(world.person("Simon"), problems=[TRIFLE])
    world.decided(draft, world.person("Simon"))
    certificate.certify(draft.pk, by=world.person("Simon"))
    return draft


def signed_and_taken(world: World) -> ConnectorStaged:
    """Signed by Simon, taken by Rita for the second signature."""
    draft = signed(world)
    claims.start(draft.pk, by=world.person("Rita"))
    return draft


def asked(world: World) -> ConnectorStaged:
    """A question waits for the developer."""
    draft = begun(world)
    question.ask(draft.pk, by=world.person("Rita"), message="Why?")
    return draft


def requested(world: World) -> ConnectorStaged:
    """Changes wait for the developer."""
    draft = begun(world)
    conversation.request(draft.pk, by=world.person("Rita"), text="Add a test.")
    changes.request_changes(draft.pk, by=world.person("Rita"))
    return draft


def checking(world: World) -> ConnectorStaged:
    """A new tag is being checked."""
    draft = begun(world)
    world.tag("1.0.1")
    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    return draft


def certified(world: World) -> ConnectorStaged:
    """Certified by Rita: the round is over."""
    return world.certified(world.person("Rita"), problems=[TRIFLE])


def failed(world: World) -> ConnectorStaged:
    """Refused by Rita: the round is over."""
    draft = begun(world)
    failure.fail(draft.pk, by=world.person("Rita"), reason="other", message="No.")
    return draft


def appealed(world: World) -> ConnectorStaged:
    """Appealed against Rita's refusal."""
    draft = failed(world)
    submissions.appeal(draft.pk, by=factory.developer(), text="It does.")
    return draft


def withdrawn(world: World) -> ConnectorStaged:
    """Taken back by its developer."""
    draft = begun(world)
    submissions.withdraw(draft.pk, by=factory.developer())
    return draft


STATES = (
    ready, assigned, begun, with_credentials, decided, signed, signed_and_taken, asked, requested, checking, certified,
    failed, appealed, withdrawn,
)  # fmt: skip


def case_of(world: World, draft: ConnectorStaged) -> Case:
    """Return the draft's last round with things of each kind, the first ones Rita's."""
    row, rita = rounds.latest(draft.pk), world.person("Rita")
    assert row is not None
    now = timezone.now()
    finding = Finding.objects.filter(run__draft=draft)[0]
    told = row.answers.create(kind="question", text="Earlier.", by=rita)

    def request(state: str, **fields: Any) -> ChangeRequest:
        return ChangeRequest.objects.create(round=row, text="Add a test.", state=state, by=rita, **fields)

    def waiver(**fields: Any) -> Waiver:
        return Waiver.objects.create(
            draft=draft,
            scope="place",
            rule="another-rule",
            path="docs/",
            title="Docs",
            reason=REASON,
            proposed_by=rita,
            proposed_by_label="Rita",
            expires_at=now + timedelta(days=9),
            **fields,
        )

    approved = {"approved_by": world.person("Sven", Role.SECURITY_REVIEWER), "approved_by_label": "Sven"}
    return Case(
        round=row,
        open_request=request("open"),
        done_request=request("done", done_at=now),
        settled_request=request("accepted", settled_at=now),
        unsent=LineComment.objects.create(round=row, path="README.md", text="Why?", by=rita),
        sent=LineComment.objects.create(round=row, path="README.md", text="Why?", by=rita, sent_with=told),
        proposed=waiver(),
        active=waiver(approved_at=now, **approved),
        revoked=waiver(revoked_at=now, revoked_by_label="Sven"),
        finding=finding,
        colleague=world.person("Rob"),
    )


class Undone(Exception):
    """Takes a verb back that was possible."""


def outcome(verb: Callable[[], object]) -> str:
    """Return what a verb refuses with, "" when it was done; nothing of it stays."""
    try:
        with transaction.atomic():
            verb()
            raise Undone
    except Undone:
        return ""
    except ConnectorError as error:
        return error.message


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_what_is_offered_is_what_happens(world: World, state: Callable[[World], ConnectorStaged]) -> None:
    draft = state(world)
    case = case_of(world, draft)

    different = []
    for who, by in people(world, draft.project_id).items():
        can = abilities(rounds.latest(draft.pk), by)  # type: ignore[arg-type]
        for name, (ask, do) in VERBS.items():
            offered, happened = ask(can, case).why_not, outcome(lambda do=do, by=by: do(case, by))
            if offered != happened:
                different.append(f"{who}, {name}: offered {offered or 'yes'!r}, happened {happened or 'yes'!r}")

        listed = review_queue.listed("", status="", by=by, now=timezone.now()).filter(assignee=None).exists()
        if may(by, "review:claim") and listed != (case.round.assignee is None and can.claim().possible):
            different.append(f"{who}: the queue says {listed} and the page {can.claim()}")

    assert not different, "\n".join(different)


def test_the_walk_knows_every_verb() -> None:
    names = verbs_of(Abilities)
    walked = {verb.replace(" ", "_") for verb in VERBS} | set(ASKED)

    assert names <= walked
    assert {verb for listed in ASKED.values() for verb in listed} <= set(VERBS)


def verbs_of(able: type) -> set[str]:
    """Return the methods of a class that answer for a verb, without the changed copies that `make test-long` adds."""
    answers = {
        name for name, one in vars(able).items() if getattr(one, "__annotations__", {}).get("return") == "Ability"
    }
    return {name for name in answers if "__mutmut_" not in name}


def test_each_verb_is_possible_for_somebody_and_refused_to_somebody(world: World) -> None:
    seen: dict[str, set[bool]] = {name: set() for name in VERBS}

    for state in (with_credentials, decided, appealed):
        with transaction.atomic():
            draft = state(world)
            case = case_of(world, draft)
            for by in people(world, draft.project_id).values():
                can = abilities(case.round, by)
                for name, (ask, _) in VERBS.items():
                    seen[name].add(ask(can, case).possible)
            transaction.set_rollback(True)

    never = {"drop a sent line comment", "accept settled request", "drop settled request", "reopen open request"}
    never |= {
        f"{verb} {state} waiver"
        for verb, state in (("approve", "active"), ("approve", "revoked"), ("revoke", "revoked"))
    }
    assert {name for name, answers in seen.items() if True not in answers} == never
    assert not [name for name, answers in seen.items() if False not in answers]
