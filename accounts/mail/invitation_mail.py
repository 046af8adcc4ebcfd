"""The mail with an invitation.

Anyone can have it sent to any address, so it contains no text that the sender chose: neither their name nor the
Project's, but their confirmed address and the Project's key.
"""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task

from accounts import sealing
from accounts.mail import outbox
from accounts.models import Invitation
from accounts.projects.memberships import Invited

PURPOSE = "invitation-link"
SUBJECT = "Invitation to a Project in the Connector Certification Portal"


def send(invited: Invited) -> None:
    """Queue the mail after the commit, so that the inviter does not wait for a mail server.

    The queue's table keeps messages for days, so the token is sealed.
    """
    sealed = sealing.seal(invited.token, purpose=PURPOSE)
    transaction.on_commit(partial(deliver.enqueue, invited.invitation.pk, sealed))


@task(queue_name="default")
def deliver(invitation_id: int, sealed_token: str) -> str:
    """Send the mail, unless the invitation has been withdrawn; return the outcome in a word."""
    rows = Invitation.objects.select_related("project", "invited_by")
    invitation = rows.filter(pk=invitation_id, revoked_at=None, accepted_at=None).first()
    if invitation is None:
        return "withdrawn"
    token = sealing.unseal(sealed_token, purpose=PURPOSE)
    context = {
        "invitation": invitation,
        "inviter": invitation.invited_by.email if invitation.invited_by else "Somebody",
        "link": settings.PUBLIC_URL + reverse("invitation", args=[token]),
    }
    message = EmailMultiAlternatives(SUBJECT, render_to_string("mail/invitation.txt", context), to=[invitation.email])
    message.attach_alternative(render_to_string("mail/invitation.html", context), "text/html")
    return outbox.send(message)
