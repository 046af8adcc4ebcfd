"""Who may send a draft towards reviewers, as far as their account decides it."""

from __future__ import annotations

from accounts.actors import Actor
from accounts.factors import second_factors
from connectors.errors import SecondFactorMissing


def refusal_of(by: Actor) -> SecondFactorMissing | None:
    """Return the refusal for a person without a second factor, where the installation asks for one."""
    ability = second_factors.submitting(by)
    return None if ability else SecondFactorMissing(ability.why_not)


def require(by: Actor) -> None:
    """Raise SecondFactorMissing where there is a refusal."""
    if refusal := refusal_of(by):
        raise refusal
