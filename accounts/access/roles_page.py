"""Generate docs/roles.md from the table in `roles`: `python -m accounts.access.roles_page > docs/roles.md`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.roles import INCLUDED_SCOPES, PORTAL, PROJECT, ProjectRole, Role

MEANINGS = {
    "review:read": "Open the queue, reviews and differences",
    "review:claim": "Claim, start and release a review",
    "review:comment": "Comment in public, write private notes, escalate",
    "review:decide": "Decide criteria, ask questions, request changes, certify, fail",
    "review:assign": "Assign and release any review, change deadlines, decide for the assignee",
    "review:rerun": "Rerun checks, look up and fetch other tags",
    "review:reveal-credentials": "Reveal credentials for testing (each time is recorded)",
    "waiver:propose": "Propose waivers for findings",
    "waiver:approve": "Approve and revoke waivers proposed by others",
    "approval-rule:weaken": "Switch a rule of two signatures off, or narrow it, with a reason",
    "escalation:lead": "Get notified of escalations to lead reviewers, appeals and second signatures",
    "escalation:security": "Get notified of escalations to security reviewers",
    "events:read": "Read and export the history",
    "figures:read": "Read the statistics",
    "operations:read": "See the status of workers and queues",
    "connector:read": "See the Project's connectors, runs and conversations",
    "connector:write": "Create, edit, publish, comment, reply, withdraw, appeal",
    "client:read": "See API clients",
    "client:write": "Create, rotate and disable API clients and deploy keys",
    "webhook:write": "Set up webhooks",
    "member:write": "Invite people, change roles, remove members",
    "project:write": "Rename and hand over the Project",
}
"""What each action allows. An action without a description raises KeyError, so that none is forgotten."""

HEAD = """# Roles and permissions

Generated from `accounts/roles.py` by `python -m accounts.access.roles_page`; a test compares the two. Every
view, verb and template uses this one table.

A person has at most one portal role. Permissions in a Project come from memberships, those of an API client from its
scopes. Four rules apply to everybody, in addition to the role:

- Nobody reviews a connector of a Project they belong to, chooses its reviewer, or sees its review otherwise than its
  developers do. This also holds for the admin, for superusers, and for 90 days after somebody has left the Project.
- The reviewer who refused a certificate does not decide the appeal.
- Nobody approves a waiver they proposed, and nobody gives both signatures for a certificate.
- A Project keeps at least one owner: the only owner neither leaves nor gets another role.
"""


def document() -> str:
    """Return the page as Markdown."""
    scopes = "\n".join(
        f"| `{name}:{{key}}` | {', '.join(f'`{i}`' for i in rest)} |" for name, rest in INCLUDED_SCOPES.items()
    )
    return (
        f"{HEAD}\n## Portal\n\n{_table(PORTAL, Role)}\n"
        f"\n## Project\n\n{_table(PROJECT, ProjectRole)}\n"
        f"\n## API clients\n\n| Scope | includes |\n| --- | --- |\n{scopes}\n"
    )


def _table(allowed: Mapping[str, frozenset[Any]], roles: Iterable[Any]) -> str:
    columns = list(roles)
    head = f"| Action | | {' | '.join(str(role.label) for role in columns)} |"
    line = f"| --- | --- |{' --- |' * len(columns)}"
    rows = [
        f"| `{action}` | {MEANINGS[action]} | {' | '.join('yes' if role in who else '–' for role in columns)} |"
        for action, who in allowed.items()
    ]
    return "\n".join([head, line, *rows])


if __name__ == "__main__":
    print(document(), end="")
