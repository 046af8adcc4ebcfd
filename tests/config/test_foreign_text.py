"""No mail of the portal carries a stranger's link, or their text in its subject: every one is written with bait."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import timedelta
from string import Formatter
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail as sent_mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts import actors
from accounts.mail import account_mails, foreign_text, invitation_mail
from accounts.models import Event, Project, User
from accounts.projects import memberships
from certification.models import Notification
from certification.notifications import kinds
from certification.notifications.channels import mail
from certification.notifications.event_facts import Facts
from certification.notifications.kinds import Notice, Side, Topic
from connectors.models import CertificationComment, ConnectorStaged
from tests import factory

pytestmark = [pytest.mark.django_db, pytest.mark.security]

LURES = [
    "https://evil.example/x",
    "HTTPS://EVIL.EXAMPLE",
    "evil.example/login",
    "www.evil.example",
    "//evil.example/x",
    "security@evil.example",
    "mailto:security@evil.example",
    "javascript:alert(1)",
    "http:\\\\evil.example",
    "evil\u3002example",
    "evil\u200b.example",
    "https\u200b://evil.example",
    "\u202eelpmaxe.live",
    "\u0440\u0430ypal.com",
    "x\r\nBcc: all@evil.example",
    "x\u2028Bcc: all@evil.example",
    "<a href='https://evil.example'>Sign in</a>",
    "<img src=https://evil.example/x.png>",
    "[Sign in](https://evil.example/x)",
    "PayPal security: your account is locked, call 555-0100",
]
BAIT = " ".join(LURES)
WORDS = ("evil", "paypal", "\u0440\u0430ypal", "bcc:", "sign in]", "555")
HOST = re.compile(r"(?i)(evil|ypal)\s*[.\u3002\uff0e\uff61]\s*(example|com)|elpmaxe[.]live|www[.]")
SCHEME = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]*:[/\\\\]{2}|mailto:|javascript:)\S*")


def faults(message: EmailMultiAlternatives) -> list[str]:
    """Return what a mail program would make of the bait in a mail."""
    found = []
    headers = [str(value) for name, value in message.message().items() if name not in {"To", "From"}]
    for value in (message.subject, *headers):
        found += [f"header: {value}" for word in WORDS if word in value.lower()]
        found += [f"header: {value!r}" for char in value if unicodedata.category(char) in {"Cf", "Cc"} and char != "\n"]
    markup = str(message.alternatives[0][0])
    targets = re.findall(r'<\w[^>]*(?:href|src)="([^"]+)"', markup)
    found += [f"target: {one}" for one in targets if not one.startswith(settings.PUBLIC_URL)]
    for text in (str(message.body), html.unescape(re.sub(r"<[^>]*>", " ", markup))):
        found += [f"link: {one}" for one in SCHEME.findall(text) if not one.startswith(settings.PUBLIC_URL)]
        found += [f"host: {one.group()}" for one in HOST.finditer(text)]
        found += [f"invisible: {char!r}" for char in text if unicodedata.category(char) == "Cf"]
    return found


def notices() -> list[tuple[str, Topic, Notice]]:
    """Return each notice that the portal has words for, with the event that it is about."""
    topics = [*kinds.TOPICS.items(), *kinds.FAULTS.items()]
    topics += [("certification:reminded", kinds.REMINDED_OF_QUESTION)]
    topics += [("connector:commented", kinds.COMMENTED_BY_REVIEWER)]
    return [(name, topic, notice) for name, topic in topics for notice in topic.notices]


@pytest.fixture
def draft() -> ConnectorStaged:
    """A draft of which everything that its developers choose is bait; it is not stored so, and mails read it so."""
    row = factory.draft(key="payments")
    row.name = row.repository_tag = row.description = BAIT
    row.key = BAIT
    row.project.name = BAIT
    row.publishing_report = {"entries": [{"type": "Error", "title": BAIT, "message": BAIT}]}
    return row


def written(draft: ConnectorStaged, name: str, topic: Topic, notice: Notice) -> EmailMultiAlternatives:
    """Return the mail about an event whose facts are all bait."""
    about_webhook = name.startswith("webhook:")
    state = {"state": "errored"} if topic in kinds.FAULTS.values() else {}
    state |= {"awaits": "answer"} if topic is kinds.REMINDED_OF_QUESTION else {}
    event = Event(
        name=name,
        subject_type="webhook" if about_webhook else "connector",
        subject_id=str(uuid4() if about_webhook else draft.pk),
        subject_label=BAIT,
        project_key="acme",
        actor_kind="user",
        actor_id="0",
        actor_label=BAIT,
        details={"title": BAIT, "because": BAIT, "to": BAIT, "tag": BAIT, **state},
    )
    said = Facts(
        event=event,
        draft=None if about_webhook else draft,
        actor=BAIT,
        tag=BAIT,
        comment=CertificationComment(draft=draft, text=BAIT),
        due_at=timezone.now(),
        reason=BAIT,
        to=BAIT,
        title=BAIT,
        because=BAIT,
    )
    row = Notification(
        recipient=User(pk=1, email="victim@example.com"),
        event=event.uuid,
        kind=notice.kind,
        connector=None if about_webhook else draft.pk,
        label=BAIT[:300],
        project_key="acme",
        title=said.fill(notice.title)[:200],
        text=said.fill(notice.text),
        path="/drafts",
    )
    return mail.compose(row, said=said)


def test_no_notification_carries_bait(draft: ConnectorStaged) -> None:
    wrong = {
        f"{name} ({notice.kind})": found
        for name, topic, notice in notices()
        if (found := faults(written(draft, name, topic, notice)))
    }

    assert len(notices()) > 40
    assert not wrong


def test_mails_to_reviewers_have_no_names_and_subjects_have_keys_and_tags(draft: ConnectorStaged) -> None:
    draft.key = "payments"
    for name, topic, notice in notices():
        message = written(draft, name, topic, notice)
        if kinds.KINDS[notice.kind].side is Side.REVIEWER:
            assert notice.text == mail.COMMENT or "{title}" in notice.text or "PayPal" not in str(message.body)
        if not name.startswith("webhook:"):
            assert message.subject.endswith(": payments new tag (acme)"), message.subject


@pytest.mark.parametrize("name", account_mails.LETTERS)
def test_no_mail_about_an_account_carries_bait(name: str) -> None:
    letter = account_mails.LETTERS[name]
    words = {word for text in (letter.subject, *letter.text) for _, word, _, _ in Formatter().parse(text) if word}
    told = dict.fromkeys(words - {"to", "provider"}, BAIT)
    told |= {action.to: f"{settings.PUBLIC_URL}/x" for action in letter.actions}

    message = account_mails.compose(
        name, to="victim@example.com", told={**told, "provider": "GitHub"}, facts=[["With", BAIT], ["From", BAIT]]
    )

    assert not faults(message)


@pytest.mark.parametrize("inviter", ["olive@example.com", "evil.example/x@example.com", "www.evil.example@x.example"])
def test_an_invitation_carries_no_bait(inviter: str) -> None:
    user = User.objects.create_user(inviter, "x", name="PayPal security")
    EmailAddress.objects.create(user=user, email=inviter, verified=True, primary=True)
    project = factory.project()
    Project.objects.filter(pk=project.pk).update(name=BAIT[:256])
    invited = memberships.invite(
        project, email="victim@example.com", role="viewer", by=actors.person(user, public_name="acme"), invited_by=user
    )

    sealed = invitation_mail.sealing.seal(invited.token, purpose=invitation_mail.PURPOSE)
    invitation_mail.deliver.call(invited.invitation.pk, sealed)

    (message,) = sent_mail.outbox
    assert not faults(message)  # type: ignore[arg-type]
    assert ("olive@example.com" in str(message.body)) == (inviter == "olive@example.com")


def test_a_digest_carries_no_bait() -> None:
    owner, now = factory.owner(), timezone.now()
    for kind in kinds.KINDS:
        Notification.objects.create(
            recipient=owner,
            event=uuid4(),
            kind=kind,
            connector=uuid4(),
            label=BAIT[:300],
            project_key="other",
            title="Something",
            text=BAIT,
            path="/drafts",
            mail=Notification.Mail.DIGEST,
            created_at=now - timedelta(days=2),
        )

    assert mail.send_digests(now=now.replace(hour=23)) == 1

    (message,) = sent_mail.outbox
    assert not faults(message)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", LURES)
def test_what_looks_like_a_link_is_taken_apart(text: str) -> None:
    for shown in (foreign_text.unlinked(text), foreign_text.name(text), foreign_text.quoted(text)):
        assert not HOST.search(shown)
        assert not SCHEME.search(shown)
        assert "\r" not in shown
    assert foreign_text.tag(text) == foreign_text.NEW_TAG
    assert foreign_text.key(text, otherwise="-") == "-"


@pytest.mark.parametrize(
    "text",
    ["Read service/src/index.js:12 first.", "Version 1.2.3 e.g. 2.0", "package.json, connect.yaml: why?", "Ü – ß"],
)
def test_what_is_no_link_stays(text: str) -> None:
    assert foreign_text.unlinked(text) == text


@pytest.mark.parametrize("tag", ["1.0.0", "v2.1.0-rc.1", "release_7", "2026.11"])
def test_a_tag_that_is_one_stays(tag: str) -> None:
    assert foreign_text.tag(tag) == tag
