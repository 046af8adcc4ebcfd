"""The mails about somebody's account: who did what, how long a link holds, and what to do when it was somebody else.

The library decides when one is sent and calls it by the name of a template; what stands in it is written here, once for
text and HTML. No name is ever shown: whoever gives somebody else's address would write to them in our name with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from allauth.account import app_settings as account_settings
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from accounts.mail import outbox

PORTAL = "the Connector Certification Portal"
DO_NOTHING = "If it was not you, do nothing: "
SOMEBODY_ELSE = (
    "If it was not you, somebody else is in your account. Choose a new password at once, which signs everybody out, "
    "then look over what opens your account:"
)


@dataclass(frozen=True)
class Link:
    """Words, and where they lead: a value that the occasion tells, or a page by its name."""

    label: str
    to: str


NEW_PASSWORD = Link("Choose a new password", "account_reset_password")
ADDRESSES = Link("Your addresses", "account_email")
FACTORS = Link("Your second factors", "mfa_index")
CONNECTIONS = Link("Your connections", "socialaccount_connections")
RECOVER = (NEW_PASSWORD, ADDRESSES, FACTORS, CONNECTIONS)


def _confirmation_holds() -> timedelta:
    return timedelta(days=account_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)


def _reset_holds() -> timedelta:
    return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


@dataclass(frozen=True)
class Letter:
    """One kind of mail. Words in braces are what the occasion tells.

    `actions` are what the mail is for, `holds` is how long they work, `links` help when it was somebody else.
    `with_github` is said where the portal has signing in with GitHub.
    """

    subject: str
    text: tuple[str, ...]
    otherwise: str
    actions: tuple[Link, ...] = ()
    holds: Callable[[], timedelta] | None = None
    links: tuple[Link, ...] = ()
    with_github: str = ""


def _notice(subject: str, *text: str) -> Letter:
    """Return a letter about a change that is made already."""
    return Letter(subject, text, SOMEBODY_ELSE, links=RECOVER)


NEW_BROWSER = "accounts/new_browser"

LETTERS = {
    NEW_BROWSER: _notice(
        "A new browser signed in",
        "Somebody signed in to your account {account} with a browser that was not used for it before.",
    ),
    "account/email/email_confirmation_signup": Letter(
        "Confirm your address",
        (f"Somebody, most likely you, made an account at {PORTAL} with the address {{to}}. Confirm that it is yours.",),
        DO_NOTHING + "without the confirmation nobody comes in with this address.",
        actions=(Link("Confirm the address", "activate_url"),),
        holds=_confirmation_holds,
    ),
    "account/email/email_confirmation": Letter(
        "Confirm your address",
        (f"An account at {PORTAL}, {{account}}, is to be used with the address {{to}}. Confirm that it is yours.",),
        DO_NOTHING + "without the confirmation the address opens nothing and gets no other mail.",
        actions=(Link("Confirm the address", "activate_url"),),
        holds=_confirmation_holds,
    ),
    "account/email/account_already_exists": Letter(
        "You have an account already",
        (
            f"Somebody, most likely you, asked {PORTAL} for an account with the address {{to}}. There is one with this "
            "address, so nothing was made and nothing was changed.",
        ),
        DO_NOTHING + "your account is as it was.",
        actions=(
            Link("Sign in", "account_login"),
            Link("Choose a new password, if you forgot yours", "account_reset_password"),
            CONNECTIONS,
        ),
        with_github="To come in with GitHub from now on, sign in as before and add it under Connections.",
    ),
    "account/email/unknown_account": Letter(
        "There is no account with this address",
        (
            f"Somebody, most likely you, asked {PORTAL} for a new password for {{to}}. No account has this address; "
            "yours may have another one.",
        ),
        DO_NOTHING + "nothing was made and nothing was changed.",
        actions=(Link("Create an account", "signup_url"),),
    ),
    "account/email/password_reset_key": Letter(
        "Choose a new password",
        (
            f"Somebody, most likely you, asked {PORTAL} for a new password for the account {{account}}. The link works "
            "once.",
        ),
        DO_NOTHING + "the password stays as it is.",
        actions=(Link("Choose a new password", "password_reset_url"),),
        holds=_reset_holds,
    ),
    "account/email/password_changed": _notice(
        "Your password was changed",
        "The password of your account {account} was changed. Every browser is signed out.",
    ),
    "account/email/password_reset": _notice(
        "Your password was replaced",
        "Your account {account} has a new password, which was chosen with the link in a mail to you. Every browser is "
        "signed out.",
    ),
    "account/email/password_set": _notice(
        "Your account has a password now",
        "Your account {account} had no password; now it has one.",
    ),
    "account/email/email_changed": _notice(
        "Your account has another address now",
        "The address of your account was {from_email} and is {to_email} now. Mails go there from now on.",
    ),
    "account/email/email_deleted": _notice(
        "An address was removed from your account",
        "The address {deleted_email} does not belong to your account {account} any more.",
    ),
    "mfa/email/totp_activated": _notice(
        "An authenticator app was added",
        "Signing in to your account {account} asks for a code of an authenticator app from now on. Keep the recovery "
        "codes where you find them without your phone.",
    ),
    "mfa/email/totp_deactivated": _notice(
        "The authenticator app was removed",
        "Signing in to your account {account} does not ask for a code of the authenticator app any more.",
    ),
    "mfa/email/webauthn_added": _notice(
        "A passkey was added",
        "There is a new passkey that opens your account {account}.",
    ),
    "mfa/email/webauthn_removed": _notice(
        "A passkey was removed",
        "A passkey does not open your account {account} any more.",
    ),
    "mfa/email/recovery_codes_generated": _notice(
        "There are new recovery codes",
        "New recovery codes were made for your account {account}. The old ones no longer work.",
    ),
    "socialaccount/email/account_connected": _notice(
        "{provider} was connected",
        "{provider_account} opens your account {account} from now on.",
    ),
    "socialaccount/email/account_disconnected": _notice(
        "{provider} was disconnected",
        "{provider_account} does not open your account {account} any more.",
    ),
}
"""Every mail that the library sends with our settings, by the beginning of its templates' names, and one of ours."""


def compose(
    name: str, *, to: str, told: Mapping[str, str], facts: Iterable[Iterable[str]] = ()
) -> EmailMultiAlternatives:
    """Return the mail of this name. `told` fills the words in braces and the links, `facts` are pairs to list.

    Raises KeyError for a name that is not in LETTERS, and for words that nobody told.
    """
    letter, words = LETTERS[name], {**told, "to": to}
    text = letter.text
    if letter.with_github and settings.SOCIALACCOUNT_PROVIDERS:
        text = (*text, letter.with_github)
    subject = " ".join(letter.subject.format_map(words).split())
    context = {
        "to": to,
        "subject": subject,
        "text": [paragraph.format_map(words) for paragraph in text],
        "actions": _addresses(letter.actions, told),
        "until": timezone.now() + letter.holds() if letter.holds else None,
        "facts": list(facts),
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
    """Send a letter about a change that is made already, by the worker: nobody waits for a mail server."""
    return outbox.send(compose(name, to=to, told=told, facts=facts))


def _addresses(links: Iterable[Link], told: Mapping[str, str]) -> list[dict[str, str]]:
    """Return labels and addresses of links, without a page that this portal does not have."""
    return [
        {"label": link.label, "url": told.get(link.to) or settings.PUBLIC_URL + reverse(link.to)}
        for link in links
        if link is not CONNECTIONS or settings.SOCIALACCOUNT_PROVIDERS
    ]
