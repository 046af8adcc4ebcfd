"""Who may ask for what: one row for every path of the portal, written from the roles and not from the views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from connectors.models import ConnectorStaged
from tests import factory
from tests.config.everything import (
    ADMIN,
    AUDITOR,
    DEVELOPER,
    INSIDER,
    OWNER,
    PEOPLE,
    REVIEWER,
    STRANGER,
    VIEWER,
    VISITOR,
    Everything,
)
from web.developers.connector_form import EditForm

NOBODY: frozenset[str] = frozenset()
ANYBODY = frozenset(PEOPLE)
SIGNED_IN = ANYBODY - {VISITOR}

MEMBERS = frozenset({VIEWER, DEVELOPER, INSIDER, OWNER})
WRITERS = MEMBERS - {VIEWER}
OWNERS = frozenset({OWNER})

DESK = frozenset({REVIEWER, AUDITOR, ADMIN, INSIDER})
"""Who may look at reviews."""

REVIEWERS = frozenset({REVIEWER, ADMIN})
"""Who may act in a review of a connector of the Project: its members never do, whatever their role."""

HISTORIANS = frozenset({AUDITOR, ADMIN, INSIDER})
"""Who may read the event log: leads, auditors, admins."""


class Kept(Enum):
    """How those are kept out who may not."""

    HIDDEN = "as if there were nothing"
    """The Project's own: to everybody else it does not exist, and a member hears what their role lacks."""

    CLOSED = "by role"
    """The desk's: the answer says that the role does not open it, whether the thing exists or not."""

    OWN = "one's own"
    """One person's own: to everybody else it does not exist."""

    TOKEN = "by token"
    """A program's: no session counts."""


Sent = Callable[[Everything], Mapping[str, Any]]


def nothing(of: Everything) -> Mapping[str, Any]:
    """Send an empty form."""
    return {}


def form(**fields: Any) -> Sent:
    """Send these fields."""
    return lambda of: fields


def at(name: str, **fields: Any) -> Sent:
    """Send the version of a draft, and these fields."""
    return lambda of: {"version": of.versions[name], **fields}


@dataclass(frozen=True)
class Path:
    """A path: which things it names, who may read and write there, and what a change sends."""

    reads: frozenset[str] = NOBODY
    writes: frozenset[str] = NOBODY
    kept: Kept = Kept.HIDDEN
    args: tuple[str, ...] = ()
    sent: Sent = nothing
    changes: bool = True
    """Whether a permitted POST changes something that lasts."""
    literal: tuple[str, ...] = ()
    """Words behind the ids, such as the name of a verb."""
    query: Mapping[str, str] = field(default_factory=dict)
    """What the page needs in its address."""


def project(name: str, *args: str, **more: Any) -> Path:
    """Return a path of a Project that reads and writes as `name` says."""
    return Path(args=("key", *args), **more)


def page(reads: frozenset[str], *args: str) -> Path:
    """Return a page without a form."""
    return Path(reads=reads, args=args)


def step(draft: str, sent: Sent, **more: Any) -> Path:
    """Return a page with a form, for those who change connectors."""
    return Path(reads=WRITERS, writes=WRITERS, args=(draft,), sent=sent, **more)


def button(draft: str, sent: Sent, *args: str, **more: Any) -> Path:
    """Return a button on a page, for those who change connectors."""
    return Path(writes=WRITERS, args=(draft, *args), sent=sent, **more)


def desk(*args: str, reads: frozenset[str] = DESK) -> Path:
    """Return a page of the desk."""
    return Path(reads=reads, kept=Kept.CLOSED, args=args)


def act(*args: str, writes: frozenset[str] = REVIEWERS, draft: str = "reviewed", **more: Any) -> Path:
    """Return a button of the review."""
    return Path(writes=writes, kept=Kept.CLOSED, args=(draft, *args), **more)


def own(**more: Any) -> Path:
    """Return a page that shows everybody what is theirs."""
    return Path(kept=Kept.OWN, **more)


def public(**more: Any) -> Path:
    """Return a page for everybody."""
    return Path(reads=ANYBODY, **more)


def program() -> Path:
    """Return a path of the API."""
    return Path(kept=Kept.TOKEN)


def typed(of: Everything) -> Mapping[str, Any]:
    """Send the form of a draft with another name."""
    bound = EditForm(draft=ConnectorStaged.objects.get(pk=of.ids["plain"]))
    values = {name: bound[name].value() for name in bound.fields}
    return {**{name: "" if value is None else value for name, value in values.items()}, "name": "Renamed"}


NEW_DRAFT = {
    "project": "acme",
    "repository_url": "https://github.com/acme/other",
    "repository_tag": "1.0.0",
    "name": "Another",
    "creator_email": "dev@acme.example",
}
REASON = "The rule does not fit what this file is for."

OURS: Mapping[str, Path] = {
    # Everybody
    "home": public(),
    "catalog": public(),
    "catalog_connector": public(args=("public",)),
    "catalog_moved": public(),
    "catalog_connector_moved": public(args=("public",)),
    "criteria": public(),
    "badge": public(args=("public",)),
    "certificate": public(args=("public",)),
    "certificate_document": public(args=("public",)),
    "signed_certificate": public(args=("public",)),
    "keys": public(),
    "security_txt": public(),
    "theme": Path(writes=ANYBODY, sent=form(theme="dark"), changes=False),
    "invitation": public(args=("invitation token",)),
    # The signed link is the right, for its address alone.
    "invitation_mails_refuse": public(args=("refusal",), writes=ANYBODY),
    # The token in the path is the right.
    "scanner_delivery": Path(kept=Kept.TOKEN, args=("scan",)),
    # Drafts
    "drafts": own(reads=SIGNED_IN),
    "draft_new": own(reads=SIGNED_IN, writes=WRITERS, sent=form(**NEW_DRAFT)),
    "draft_probe": own(reads=SIGNED_IN, writes=SIGNED_IN, sent=form(**NEW_DRAFT), changes=False),
    "draft_keep": own(writes=SIGNED_IN, sent=form(name="Typed")),
    "draft_start_over": own(writes=SIGNED_IN, changes=False),
    "draft": page(MEMBERS, "reviewed"),
    "draft_checks": page(MEMBERS, "reviewed"),
    "draft_run": page(MEMBERS, "reviewed", "run"),
    "draft_comment": button("reviewed", form(comment="Version 2.")),
    "draft_edit": step("plain", typed),
    "draft_probe_again": step("plain", form(**NEW_DRAFT), changes=False),
    "draft_keep_changes": button("plain", form(name="Typed")),
    "draft_drop_changes": button("plain", nothing, changes=False),
    "draft_tags": step("plain", form(tag=""), changes=False),
    "draft_tag": step("plain", at("plain", tag="2.0.0", then="nothing")),
    "draft_publish": step("plain", at("plain", how="private")),
    "draft_preview": step("plain", at("plain")),
    "draft_unlist": step("public", at("public")),
    "draft_delete": step("plain", at("plain")),
    "draft_withdraw": step("waiting", at("waiting")),
    "draft_resubmit": step("asked", at("asked", tag="1.0.1")),
    "draft_appeal": step("refused", at("refused", text="There are tests.")),
    "draft_hand_back": step("back", form(text="It is right.")),
    "draft_request": button("asked", form(done="on", reply="Renamed"), "request"),
    "draft_notes": step("plain", form(notes="Try it")),
    # Projects
    "projects": own(reads=SIGNED_IN),
    "project_new": own(reads=SIGNED_IN, writes=SIGNED_IN, sent=form(name="New", key="new-shop", region=factory.REGION)),
    "project": page(MEMBERS, "key"),
    "project_rename": Path(writes=OWNERS, args=("key",), sent=form(name="Renamed")),
    "project_hand_over": Path(writes=OWNERS, args=("key",), sent=lambda of: {"member": of.ids["member"]}),
    "project_invite": Path(writes=OWNERS, args=("key",), sent=form(email="new@example.com", role="viewer")),
    "project_uninvite": Path(writes=OWNERS, args=("key", "invitation")),
    "member_role": Path(writes=OWNERS, args=("key", "member"), sent=lambda of: {f"m{of.ids['member']}-role": "viewer"}),
    # The member is the developer, who may leave.
    "member_remove": Path(writes=frozenset({OWNER, DEVELOPER}), args=("key", "member")),
    "project_clients": page(WRITERS, "key"),
    "client_create": Path(writes=OWNERS, args=("key",), sent=form(name="ci", scope="view_connectors")),
    "client_rotate": Path(writes=OWNERS, args=("key", "client")),
    "client_disable": Path(writes=OWNERS, args=("key", "client")),
    "project_keys": page(WRITERS, "key"),
    "key_create": Path(writes=OWNERS, args=("key",), sent=form(repository="acme/other")),
    "key_remove": Path(writes=OWNERS, args=("key", "deploy key")),
    "project_webhooks": page(WRITERS, "key"),
    "webhook_create": Path(writes=WRITERS, args=("key",), sent=form(url="https://example.com/others")),
    "project_webhook": page(WRITERS, "key", "webhook"),
    "webhook_act": Path(writes=WRITERS, args=("key", "webhook"), literal=("rotate",)),
    "webhook_replay": Path(writes=WRITERS, args=("key", "webhook", "delivery")),
    # One's own
    "profile": own(reads=SIGNED_IN, writes=SIGNED_IN, sent=form(name="Somebody")),
    # The invitation is for the stranger, the notification for the owner, the view the reviewer's.
    "invitation_mails": own(writes=SIGNED_IN, sent=form(mails="off")),
    "invitation_accept": own(writes=frozenset({STRANGER}), args=("invitation",)),
    "security_events": own(reads=SIGNED_IN),
    "second_factor": own(reads=SIGNED_IN),
    "inbox": own(reads=SIGNED_IN),
    "inbox_read": own(writes=SIGNED_IN, sent=form(until="999999999"), changes=False),
    "notification": own(writes=OWNERS, args=("notification",)),
    "notification_settings": own(reads=SIGNED_IN, writes=SIGNED_IN, sent=form(**{"decision-mail": "off"})),
    # The desk
    "queue": desk(),
    "queue_table": desk(),
    "queue_next": Path(writes=REVIEWERS | {INSIDER}, kept=Kept.CLOSED, changes=False),
    "queue_together": Path(
        writes=REVIEWERS,
        kept=Kept.CLOSED,
        sent=lambda of: {"draft": str(of.ids["waiting"]), "action": "claim"},
    ),
    "queue_save": Path(writes=DESK, kept=Kept.CLOSED, sent=form(name="Overdue", query="view=overdue")),
    "queue_forget": Path(writes=frozenset({REVIEWER}), kept=Kept.CLOSED, args=("view",)),
    "history": desk(reads=HISTORIANS),
    "history_table": desk(reads=HISTORIANS),
    "history_lines": desk(reads=HISTORIANS),
    "figures": desk(),
    "figures_data": desk(),
    "review": desk("reviewed"),
    "review_answers": desk(),
    "review_keys": desk(),
    "review_files": desk("reviewed"),
    "review_file": Path(reads=DESK, kept=Kept.CLOSED, args=("reviewed",), query={"path": "README.md"}),
    "review_packages": desk("reviewed"),
    "review_documents": desk("reviewed"),
    "review_here": desk("reviewed"),
    "review_fetch": act(sent=form(tag="1.0.0")),
    "review_start": act(draft="waiting"),
    "review_release": act(),
    "review_assign": act(writes=frozenset({ADMIN}), draft="waiting", sent=lambda of: {"to": of.people[REVIEWER].pk}),
    "review_comment": act(sent=form(message="I am looking at it.")),
    "review_note": act(sent=form(message="Between us.")),
    "review_remark": act(sent=form(message="Say more.", path="README.md", line="1")),
    "review_drop_remark": act("remark", writes=frozenset({REVIEWER})),
    "review_request": act(sent=form(message="Name the port.")),
    "review_settle": act("own request", literal=("drop",)),
    "review_evidence": act(),
    "review_verdict": act(literal=("secrets",), sent=form(value="pass")),
    "review_waiver": act("finding", sent=form(scope="finding", message=REASON)),
    "review_decide_waiver": act("waiver", literal=("approve",), writes=frozenset({ADMIN})),
    "review_escalate": act(sent=form(to="lead", message="Please look.")),
    "review_recheck": act(),
    "review_reveal": act(),
    # What somebody types stays theirs.
    "review_unsent": act(sent=form(slot="note", message="Typed")),
    "review_preview": act(sent=form(kind="question", message="Why?")),
    "review_tag_check": desk("reviewed", reads=REVIEWERS),
    "review_decide": act(sent=form(kind="failed", reason="quality", message="No tests.")),
    # Programs
    "api_schema": public(),
    "api_docs": public(),
    "oauth_token": program(),
    "oauth_introspect": program(),
    "oauth_revoke": program(),
    "api_drafts": program(),
    "api_draft_by_key": Path(kept=Kept.TOKEN, literal=("plain",)),
    "api_draft": Path(kept=Kept.TOKEN, args=("plain",)),
    "api_runs": Path(kept=Kept.TOKEN, args=("reviewed",)),
    "api_run": Path(kept=Kept.TOKEN, args=("reviewed", "run")),
    "api_run_sarif": Path(kept=Kept.TOKEN, args=("reviewed", "run")),
    "api_search": program(),
    "api_connector_by_key": Path(kept=Kept.TOKEN, literal=("public",)),
    "api_connector": Path(kept=Kept.TOKEN, args=("public",)),
}

SHARED = frozenset({"badge", "certificate_document", "signed_certificate", "keys", "security_txt"})
"""What any cache may keep: the same for everybody, and known to everybody."""

DOORS = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_email_verification_sent",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_confirm_email",
        "account_confirm_login_code",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_signup",
        "github_login",
        "github_callback",
    }
)
"""The library's pages for those who are not signed in yet."""

ACCOUNT = frozenset(
    {
        "account_reauthenticate",
        "reauthenticate_github",
        "go_on",
        "account_email",
        "account_change_password",
        "account_set_password",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        "socialaccount_connections",
        "usersessions_list",
    }
)
"""The pages of one's own account: the library's, and two beside them."""

PROVED = frozenset(
    {
        "project_hand_over",
        "project_invite",
        "member_role",
        "member_remove",
        "client_create",
        "client_rotate",
        "client_disable",
        "key_create",
        "key_remove",
        "webhook_create",
        "webhook_act",
    }
)
"""What asks for the password or the second factor again: it gives somebody else a way into a Project."""

PROVED_AT_ACCOUNT = frozenset(
    {
        "account_email",
        "account_change_password",
        "account_set_password",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_add_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        "socialaccount_connections",
    }
)
"""The same of the library's pages: it gives somebody else a way into an account."""

WITHOUT_NAME = frozenset(
    {
        # Answers that there is nothing, in the envelope.
        "^(?:connectors|oauth)(?:/.*)?$",
        # Redirects to where they were before.
        "accounts/social/login/cancelled/",
        "accounts/social/login/error/",
        "accounts/social/signup/",
        "accounts/social/connections/",
    }
)
