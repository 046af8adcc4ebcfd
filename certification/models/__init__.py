"""The tables of the certification floor."""

from certification.models.conversation import ChangeRequest, LineComment, Note, PreparedAnswer, Touch, Unsent
from certification.models.criterion import Criterion, Verdict
from certification.models.desk import Approval, ApprovalRule, Holiday, Presence, SavedView, TimeLimit
from certification.models.look import Look
from certification.models.notification import Notification, Preference, Telling
from certification.models.round import Answer, Round
from certification.models.submission import Submission
from certification.models.tag_check import TagCheck

__all__ = [
    "Answer",
    "Approval",
    "ApprovalRule",
    "ChangeRequest",
    "Criterion",
    "Holiday",
    "LineComment",
    "Look",
    "Note",
    "Notification",
    "Preference",
    "PreparedAnswer",
    "Presence",
    "Round",
    "SavedView",
    "Submission",
    "TagCheck",
    "Telling",
    "TimeLimit",
    "Touch",
    "Unsent",
    "Verdict",
]
