"""The tables of the certification floor."""

from certification.models.desk import Holiday, TimeLimit
from certification.models.round import Answer, Round

__all__ = ["Answer", "Holiday", "Round", "TimeLimit"]
