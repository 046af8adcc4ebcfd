"""People's notification settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.access.permissions import may
from accounts.models import User
from certification.models import Preference
from certification.notifications.kinds import KINDS, Kind

Way = Preference.Way


@dataclass(frozen=True)
class Wish:
    """Whether the inbox shows a kind of event, and how its mail is sent."""

    inbox: bool
    mail: str


def for_users(users: Iterable[int], *, kind: str) -> Mapping[int, Wish]:
    """Return the settings of people for one kind, by user id, in one query."""
    ids = list(users)
    default = Wish(inbox=True, mail=KINDS[kind].mail)
    found = {row.user_id: Wish(row.inbox, row.mail) for row in Preference.objects.filter(user__in=ids, kind=kind)}
    return {pk: found.get(pk, default) for pk in ids}


def kinds_for(user: User) -> list[Kind]:
    """Return the kinds that can concern a person: those for reviewers only if they are one."""
    return [kind for kind in KINDS.values() if not kind.action or may(user, kind.action)]


def current(user: User) -> list[tuple[Kind, Wish]]:
    """Return every kind that can concern a person, with their setting."""
    rows = {row.kind: Wish(row.inbox, row.mail) for row in Preference.objects.filter(user=user)}
    return [(kind, rows.get(kind.id, Wish(inbox=True, mail=kind.mail))) for kind in kinds_for(user)]


def keep(user: User, *, wishes: Mapping[str, Wish]) -> None:
    """Store a person's settings, by kind. Raises KeyError for an unknown kind."""
    for kind, wish in wishes.items():
        Preference.objects.update_or_create(
            user=user, kind=KINDS[kind].id, defaults={"mail": Way(wish.mail), "inbox": wish.inbox}
        )
