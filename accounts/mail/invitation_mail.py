"""The mail with an invitation.

Anyone can have it sent to any address, so it contains no text that the sender chose: neither their name nor the
Project's, but their confirmed address and the Project's key.
"""

from __future__ import annotations

from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task

from accounts import sealing
from accounts.mail import foreign_text, outbox
from accounts.models import Invitation
from accounts.projects import invited_addresses
from accounts.projects.memberships import Invited

PURPOSE = "invitation-link"
SUBJECT = "Invitation to a Project in the Connector Certification Portal"


def send(invited: Invited) -> None:
    """Queue the mail after the commit, so that the inviter does not wait for a mail server; none without `is_mailed`.

    The queue's table keeps messages for days, so the token is sealed.
    """
    if not invited.is_mailed:
        return
    sealed = sealing.seal(invited.token, purpose=PURPOSE)
    transaction.on_commit(partial(deliver.enqueue, invited.invitation.pk, sealed))


@task(queue_name="default")
def deliver(invitation_id: int, sealed_token: str) -> str:
    """Send the mail, unless the invitation has been withdrawn; return the outcome in a word."""
    rows = Invitation.objects.select_related("project", "invited_by")
    invitation = rows.filter(pk=invitation_id, revoked_at=None, accepted_at=None).first()
    if invitation is None:
        return "withdrawn"
    if invited_addresses.refused({invited_addresses.hashed(invitation.email)}):
        return "refused"
    token = sealing.unseal(sealed_token, purpose=PURPOSE)
    refusal = settings.PUBLIC_URL + reverse("invitation_mails_refuse", args=[invited_addresses.token(invitation.email)])
    context = {
        "invitation": invitation,
        "inviter": _inviter(invitation),
        "link": settings.PUBLIC_URL + reverse("invitation", args=[token]),
        "refusal": refusal,
    }
    message = EmailMultiAlternatives(
        SUBJECT,
        render_to_string("mail/invitation.txt", context),
        to=[invitation.email],
        headers={
            "Auto-Submitted": "auto-generated",
            # One click in the mail program, without a page (RFC 8058).
            "List-Unsubscribe": f"<{refusal}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(render_to_string("mail/invitation.html", context), "text/html")
    return outbox.send(message)


def _inviter(invitation: Invitation) -> str:
    """Return the confirmed address of the person who invites, or "Somebody" where there is none to show."""
    rows = EmailAddress.objects.filter(user=invitation.invited_by_id, verified=True).order_by("-primary", "pk")
    found = rows.values_list("email", flat=True).first() if invitation.invited_by_id else None
    return str(found) if found and foreign_text.ADDRESS.fullmatch(found) else "Somebody"
