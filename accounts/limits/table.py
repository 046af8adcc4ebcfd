"""Every limit of the portal: one row each, with the reason for its number.

docs/limits.md is generated from these rows and from the limits of allauth in the settings (devtools/limits_page.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Per(StrEnum):
    """Who is counted together."""

    PERSON = "person"
    PROJECT = "Project"
    CLIENT = "API client"
    ADDRESS = "address"
    PAIR = "address and API client"


@dataclass(frozen=True)
class Limit:
    """So many `times` in `seconds`; 0 seconds where what is under way at the same time counts.

    `name` is the one in the header fields. `what` is what is counted, and `refusal` what a person reads who did it too
    often; when to try again follows.
    """

    name: str
    per: Per
    times: int
    seconds: int
    what: str
    refusal: str
    reason: str


DRAFTS = Limit(
    "drafts",
    Per.PROJECT,
    300,
    HOUR,
    "Drafts created, by page or API",
    "This Project has created {times} drafts in an hour, which is the limit.",
    "A large vendor brings in a catalog of some hundred connectors in one go; a loop fills no table.",
)
CHANGES = Limit(
    "changes",
    Per.PROJECT,
    600,
    10 * MINUTE,
    "Requests that update a draft, by page or API, with up to 100 actions each",
    "This Project has changed its drafts {times} times in ten minutes, which is the limit.",
    "A pipeline sends a handful of requests for each connector. Each action is an event that is kept for good.",
)
RUNS = Limit(
    "runs",
    Per.PROJECT,
    120,
    HOUR,
    "Checks requested: publish, submit, resubmit, preview",
    "This Project has requested {times} checks in an hour, which is the limit.",
    "A monorepo publishes some dozens of connectors at once, twice. A run takes a worker up to ten minutes.",
)
RECHECKS = Limit(
    "rechecks",
    Per.PERSON,
    120,
    HOUR,
    "Checks that a reviewer runs again",
    "You have run {times} checks again in an hour, which is the limit.",
    "Enough to check a page of the queue again four times after a rule pack has changed.",
)
COMMENTS = Limit(
    "comments",
    Per.PROJECT,
    60,
    10 * MINUTE,
    "Comments, answers, appeals and notes of a Project’s developers and API clients",
    "This Project has written {times} comments and notes in ten minutes, which is the limit.",
    "Each is mailed to reviewers. Nobody writes one every ten seconds; a pipeline has one to say for each connector.",
)
REVIEW_COMMENTS = Limit(
    "review-comments",
    Per.PERSON,
    300,
    10 * MINUTE,
    "Comments, notes, line comments and requests of a reviewer",
    "You have written {times} comments, notes and requests in ten minutes, which is the limit.",
    "A thorough review has some dozens of line comments, which may be written elsewhere and pasted here.",
)
FETCHES = Limit(
    "fetches",
    Per.PERSON,
    60,
    10 * MINUTE,
    "Lookups of tags, and files of a tag, that a reviewer requests",
    "You have requested {times} fetches from repositories in ten minutes, which is the limit.",
    "Comparing ten versions of five connectors. Each fetch takes a worker up to two minutes.",
)
PREVIEWS = Limit(
    "previews",
    Per.PERSON,
    20,
    MINUTE,
    "Repositories read while somebody fills in the form of a connector",
    "You have had {times} repositories read in a minute, which is the limit.",
    "One every three seconds; each speaks to the repository’s host.",
)
PROJECTS = Limit(
    "projects",
    Per.PERSON,
    10,
    DAY,
    "Projects created",
    "You have created {times} Projects in a day, which is the limit.",
    "A company has one for each team or region. Limits that count by Project hold only while Projects are few.",
)
CLIENTS = Limit(
    "clients",
    Per.PROJECT,
    30,
    HOUR,
    "API clients created, and secrets replaced",
    "This Project has created {times} API clients or secrets in an hour, which is the limit.",
    "One for each pipeline of a large team, in one sitting.",
)
KEYS = Limit(
    "keys",
    Per.PROJECT,
    60,
    HOUR,
    "Deploy keys created",
    "This Project has created {times} deploy keys in an hour, which is the limit.",
    "GitHub wants one for each private repository. Making a key pair costs processor time.",
)
WEBHOOKS = Limit(
    "webhooks",
    Per.PROJECT,
    30,
    HOUR,
    "Webhooks created, and secrets replaced",
    "This Project has created {times} webhooks or secrets in an hour, which is the limit.",
    "One for each system of a large team, in one sitting. Each event is sent to every webhook.",
)
DELIVERIES = Limit(
    "deliveries",
    Per.PROJECT,
    60,
    10 * MINUTE,
    "Test messages, and messages sent to a webhook again",
    "This Project has sent {times} messages by hand in ten minutes, which is the limit.",
    "Enough to resend two pages of the delivery log after an outage. Each speaks to a host that a member chose.",
)
INVITATIONS = Limit(
    "invitations",
    Per.PERSON,
    30,
    DAY,
    "Invitations sent",
    "You have sent {times} invitations in a day, which is the limit.",
    "A team joins in one day. Each invitation is a mail to an address that the inviter chose.",
)
INVITATIONS_OF_PROJECT = Limit(
    "invitations-project",
    Per.PROJECT,
    50,
    DAY,
    "Invitations sent",
    "This Project has sent {times} invitations in a day, which is the limit.",
    "The same for Projects with several owners.",
)
SEARCHES = Limit(
    "searches",
    Per.PERSON,
    120,
    MINUTE,
    "Searches by text in the catalog, drafts, queue, history and admin",
    "You have searched {times} times in a minute, which is the limit.",
    "Two a second, faster than anybody types. A search may read a whole table.",
)
SEARCHES_BY_ADDRESS = Limit(
    "searches-address",
    Per.ADDRESS,
    120,
    MINUTE,
    "Searches by text in the catalog without signing in",
    "The catalog was searched {times} times in a minute from your network, which is the limit.",
    "An office behind one address. A person who signs in is counted alone.",
)
SEARCHES_BY_CLIENT = Limit(
    "searches-client",
    Per.CLIENT,
    600,
    MINUTE,
    "Queries of drafts and searches of Connectors by API",
    "This API client has sent {times} queries in a minute, which is the limit.",
    "Ten a second lets a client read a Project of 5,000 drafts page by page within the minute.",
)
TOKENS = Limit(
    "tokens",
    Per.CLIENT,
    300,
    10 * MINUTE,
    "Access tokens issued",
    "This API client has been given {times} tokens in ten minutes, which is the limit.",
    "The official command line asks for one with each command, and a pipeline runs some dozens. A token lasts an hour.",
)
TOKEN_CHECKS = Limit(
    "token-checks",
    Per.CLIENT,
    600,
    MINUTE,
    "Introspections and revocations of tokens",
    "This API client has checked or revoked {times} tokens in a minute, which is the limit.",
    "A server that asks about the token of every request it gets, ten a second.",
)
BAD_CREDENTIALS = Limit(
    "bad-credentials",
    Per.PAIR,
    10,
    MINUTE,
    "Wrong secrets of one API client at the token service, which also keeps the right one waiting there",
    "Too many failed attempts.",
    "A pipeline with an old secret notices at once. Other clients behind the same address are not concerned.",
)
UNKNOWN_CLIENTS = Limit(
    "unknown-clients",
    Per.ADDRESS,
    60,
    MINUTE,
    "Client ids at the token service that no client has, or none at all",
    "Too many failed attempts.",
    "Bounds guessing of ids. Clients that exist go on behind the same address.",
)
MAILS = Limit(
    "mails",
    Per.ADDRESS,
    10,
    HOUR,
    "Mails of one kind about an account to one mail address",
    "",
    "Somebody who misses a mail asks again a few times. What is beyond is not sent, and no page says so, because that "
    "would tell who has an account.",
)
READS = Limit(
    "reads",
    Per.PROJECT,
    120,
    10 * MINUTE,
    "Reads of connect.yaml after a draft was created or its repository changed",
    "This Project has had {times} connect.yaml files read in ten minutes, which is the limit.",
    "They refuse nothing: reads beyond wait for their turn, and other checks of the Project overtake them.",
)
OPEN_RUNS = Limit(
    "open-runs",
    Per.PROJECT,
    20,
    0,
    "Checks that wait or run at the same time (the setting `VALIDATION_QUOTA`, also with `RATE_LIMITS=off`)",
    "This Project has {times} checks waiting or running, which is the limit.",
    "Workers take Projects in turns, so more would only wait longer.",
)

LIMITS = (
    DRAFTS,
    CHANGES,
    RUNS,
    OPEN_RUNS,
    READS,
    COMMENTS,
    PREVIEWS,
    PROJECTS,
    CLIENTS,
    KEYS,
    WEBHOOKS,
    DELIVERIES,
    INVITATIONS,
    INVITATIONS_OF_PROJECT,
    SEARCHES,
    SEARCHES_BY_ADDRESS,
    SEARCHES_BY_CLIENT,
    TOKENS,
    TOKEN_CHECKS,
    BAD_CREDENTIALS,
    UNKNOWN_CLIENTS,
    MAILS,
    RECHECKS,
    REVIEW_COMMENTS,
    FETCHES,
)
"""All of them, in the order of the page."""
