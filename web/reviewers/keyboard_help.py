"""The keyboard shortcuts of the reviewers' pages, for the overlay and as a page for browsers without JavaScript."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from web.requests import wants_part
from web.reviewers.access import reviewing

QUEUE = (
    ("j  k", "Next and previous submission"),
    ("Enter", "Open the submission"),
    ("x", "Select the submission"),
    ("c", "Claim the submission"),
    ("n", "Claim the next submission"),
    ("/", "Search"),
    ("g m", "My reviews"),
)
REVIEW = (
    ("1 – 7", "Go to a section of the page"),
    ("j  k", "Next and previous item: criterion, finding, difference, file"),
    ("y  x  a", "Pass, fail or not applicable, for the focused criterion"),
    ("e", "Pass proven criteria, while the focus is in the criteria"),
    ("[  ]", "Previous and next file"),
    ("f  F", "Next and previous finding"),
    ("Enter", "Open or close the item"),
    ("s", "Claim the review"),
    ("u", "Release the review"),
    ("n", "Claim the next review, when this one needs nothing from you"),
    ("c", "Public comment"),
    ("m", "Private note"),
    ("r", "Request a change; on a finding, its fix"),
    ("w", "Waive the focused finding"),
    ("t", "Prepared answers"),
    ("d", "Decide, with the focus in the message"),
    ("Ctrl Enter", "Send the focused form"),
    ("g q", "Back to the queue"),
    ("?", "Show this list"),
    ("Escape", "Leave a field, or close a form, Decide or this list"),
)


@require_safe
@reviewing()
def show(request: HttpRequest) -> HttpResponse:
    """Show the shortcuts."""
    template = "reviewers/_keyboard_map.html" if wants_part(request) else "reviewers/keyboard_help.html"
    return render(request, template, {"queue_keys": QUEUE, "review_keys": REVIEW})
