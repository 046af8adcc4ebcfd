"""The mails about an account: what happened, how long a link is valid, and what to do if it was somebody else.

The library decides when to send one and names its template; the content is written here, once for text and HTML. No
name is ever shown: a stranger could use it to send text to somebody else in our name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from allauth.account import app_settings as account_settings
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from accounts.mail import foreign_text, outbox

PORTAL = "the Connector Certification Portal"
DO_NOTHING = "If it was not you, ignore this mail: "
SOMEBODY_ELSE = (
    "If it was not you, somebody else has access to your account. Choose a new password now, which ends all sessions, "
    "then review how your account can be accessed:"
)


@dataclass(frozen=True)
class Link:
    """A label and its target: a value from the context, or the name of a page."""

    label: str
    to: str


NEW_PASSWORD = Link("Choose a new password", "account_reset_password")
ADDRESSES = Link("Your e-mail addresses", "account_email")
FACTORS = Link("Your second factors", "mfa_index")
CONNECTIONS = Link("Your connections", "socialaccount_connections")
RECOVER = (NEW_PASSWORD, ADDRESSES, FACTORS, CONNECTIONS)


def _confirmation_holds() -> timedelta:
    return timedelta(days=account_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)


def _reset_holds() -> timedelta:
    return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


@dataclass(frozen=True)
class Letter:
    """One kind of mail. Words in braces are filled in from the context.

    `actions` are the links that the mail is for, `holds` is how long they work, `links` help if it was somebody else.
    `with_github` is added where the portal has sign-in with GitHub.
    """

    subject: str
    text: tuple[str, ...]
    otherwise: str
    actions: tuple[Link, ...] = ()
    holds: Callable[[], timedelta] | None = None
    links: tuple[Link, ...] = ()
    with_github: str = ""


def _notice(subject: str, *text: str) -> Letter:
    """Return the mail about a change that has been made."""
    return Letter(subject, text, SOMEBODY_ELSE, links=RECOVER)


NEW_BROWSER = "accounts/new_browser"

LETTERS = {
    NEW_BROWSER: _notice(
        "A new browser signed in",
        "Somebody signed in to your account {account} with a new browser.",
    ),
    "account/email/email_confirmation_signup": Letter(
        "Confirm your address",
        (f"Somebody, probably you, created an account at {PORTAL} with the address {{to}}. Confirm that it is yours.",),
        DO_NOTHING + "nobody can sign in with this address until it is confirmed.",
        actions=(Link("Confirm address", "activate_url"),),
        holds=_confirmation_holds,
    ),
    "account/email/email_confirmation": Letter(
        "Confirm your address",
        (f"The address {{to}} was added to the account {{account}} at {PORTAL}. Confirm that it is yours.",),
        DO_NOTHING + "an unconfirmed address gives no access and gets no other mail.",
        actions=(Link("Confirm address", "activate_url"),),
        holds=_confirmation_holds,
    ),
    "account/email/account_already_exists": Letter(
        "You already have an account",
        (
            f"Somebody, probably you, tried to create an account at {PORTAL} with the address {{to}}. One with this "
            "address already exists, so nothing was created or changed.",
        ),
        DO_NOTHING + "your account has not changed.",
        actions=(
            Link("Sign in", "account_login"),
            Link("Choose a new password if you forgot yours", "account_reset_password"),
            CONNECTIONS,
        ),
        with_github="To sign in with GitHub, first sign in as before, then add GitHub under Connections.",
    ),
    "account/email/unknown_account": Letter(
        "There is no account with this address",
        (
            f"Somebody, probably you, asked {PORTAL} for a new password for {{to}}. No account has this address; "
            "yours may use another one.",
        ),
        DO_NOTHING + "nothing was created or changed.",
        actions=(Link("Create an account", "signup_url"),),
    ),
    "account/email/password_reset_key": Letter(
        "Choose a new password",
        (
            f"Somebody, probably you, asked {PORTAL} for a new password for the account {{account}}. The link works "
            "once.",
        ),
        DO_NOTHING + "the password stays the same.",
        actions=(Link("Choose a new password", "password_reset_url"),),
        holds=_reset_holds,
    ),
    "account/email/password_changed": _notice(
        "Your password was changed",
        "The password of your account {account} was changed. All sessions were signed out.",
    ),
    "account/email/password_reset": _notice(
        "Your password was reset",
        "The password of your account {account} was reset with the link from a mail to you. All sessions were "
        "signed out.",
    ),
    "account/email/password_set": _notice(
        "Your account now has a password",
        "A password was added to your account {account}.",
    ),
    "account/email/email_changed": _notice(
        "Your e-mail address was changed",
        "The address of your account was changed from {from_email} to {to_email}. Mails now go to the new address.",
    ),
    "account/email/email_deleted": _notice(
        "An address was removed from your account",
        "The address {deleted_email} was removed from your account {account}.",
    ),
    "mfa/email/totp_activated": _notice(
        "An authenticator app was added",
        "Signing in to your account {account} now requires a code from an authenticator app. Keep the recovery "
        "codes where you can find them without your phone.",
    ),
    "mfa/email/totp_deactivated": _notice(
        "The authenticator app was removed",
        "Signing in to your account {account} no longer requires a code from an authenticator app.",
    ),
    "mfa/email/webauthn_added": _notice(
        "A passkey was added",
        "A new passkey can be used to sign in to your account {account}.",
    ),
    "mfa/email/webauthn_removed": _notice(
        "A passkey was removed",
        "A passkey can no longer be used to sign in to your account {account}.",
    ),
    "mfa/email/recovery_codes_generated": _notice(
        "New recovery codes were created",
        "New recovery codes were created for your account {account}. The old ones no longer work.",
    ),
    "socialaccount/email/account_connected": _notice(
        "{provider} was connected",
        "{provider_account} can now be used to sign in to your account {account}.",
    ),
    "socialaccount/email/account_disconnected": _notice(
        "{provider} was disconnected",
        "{provider_account} can no longer be used to sign in to your account {account}.",
    ),
}
"""Every mail that the library sends with our settings, by the prefix of its templates' names, and one of ours."""


def compose(
    name: str, *, to: str, told: Mapping[str, str], facts: Iterable[Iterable[str]] = ()
) -> EmailMultiAlternatives:
    """Return the mail with this name. `told` fills in the words in braces and the links, `facts` are pairs to list.

    Raises KeyError for a name that is not in LETTERS, and for a missing value.
    """
    letter, words = LETTERS[name], {one: _shown(value) for one, value in {**told, "to": to}.items()}
    text = letter.text
    if letter.with_github and settings.SOCIALACCOUNT_PROVIDERS:
        text = (*text, letter.with_github)
    subject = letter.subject.format_map({"provider": words.get("provider", "")})
    context = {
        "to": _shown(to),
        "subject": subject,
        "text": [paragraph.format_map(words) for paragraph in text],
        "actions": _addresses(letter.actions, told),
        "until": timezone.now() + letter.holds() if letter.holds else None,
        "facts": [(what, foreign_text.name(value)) for what, value in facts],
        "otherwise": letter.otherwise,
        "links": _addresses(letter.links, told),
    }
    message = EmailMultiAlternatives(
        subject,
        render_to_string("mail/account.txt", context).strip() + "\n",
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("mail/account.html", context), "text/html")
    return message


@task(queue_name="default")
def send_notice(name: str, to: str, told: dict[str, str], facts: list[list[str]]) -> str:
    """Queue a mail about a change that has been made, so that no request waits for a mail server."""
    return outbox.send(compose(name, to=to, told=told, facts=facts))


def _shown(value: str) -> str:
    """Return a value as the text of a mail may contain it: an address of somebody, or anything else."""
    return foreign_text.address(value) if "@" in value else foreign_text.name(value)


def _path(url: str | None) -> str:
    """Return the path and the query of a URL of ours, "" when there is none."""
    return urlsplit(url)._replace(scheme="", netloc="").geturl() if url else ""


def _addresses(links: Iterable[Link], told: Mapping[str, str]) -> list[dict[str, str]]:
    """Return labels and URLs of links, except to pages that this portal does not have.

    The library makes its links of the host name of the request, which anybody chooses; here they lead to PUBLIC_URL.
    """
    return [
        {"label": link.label, "url": settings.PUBLIC_URL + (_path(told.get(link.to)) or reverse(link.to))}
        for link in links
        if link is not CONNECTIONS or settings.SOCIALACCOUNT_PROVIDERS
    ]
