"""The tables of the accounts floor."""

from accounts.models.api_client import ApiClient
from accounts.models.event import AppendOnly, Event
from accounts.models.project import Membership, Project
from accounts.models.user import User

__all__ = ["ApiClient", "AppendOnly", "Event", "Membership", "Project", "User"]
