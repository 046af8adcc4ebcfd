"""The tables of the accounts floor."""

from accounts.models.api_client import ApiClient
from accounts.models.counter import Counter
from accounts.models.departure import Departure
from accounts.models.deploy_key import DeployKey
from accounts.models.event import AppendOnly, Event
from accounts.models.invitation import Invitation, InvitedAddress
from accounts.models.project import Membership, Project
from accounts.models.security_event import SecurityEvent
from accounts.models.user import User
from accounts.models.webhook import Attempt, Delivery, Webhook

__all__ = [
    "ApiClient",
    "AppendOnly",
    "Attempt",
    "Counter",
    "Delivery",
    "Departure",
    "DeployKey",
    "Event",
    "Invitation",
    "InvitedAddress",
    "Membership",
    "Project",
    "SecurityEvent",
    "User",
    "Webhook",
]
