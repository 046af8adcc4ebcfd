"""The keys of the reviewers' pages, as a page for browsers without script and as data for the overlay."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from web.reviewers.access import reviewing

QUEUE = (
    ("j  k", "Next and previous submission"),
    ("Enter", "Open the submission"),
    ("x", "Tick the submission"),
    ("c", "Take the submission"),
    ("n", "Take what is due first"),
    ("/", "Search"),
    ("g m", "What is mine"),
)
REVIEW = (
    ("1 – 7", "Go to a part of the page"),
    ("j  k", "Next and previous item: criterion, finding, difference, file"),
    ("y  x  a", "Pass, fail, not applicable, for the criterion at hand"),
    ("e", "Pass what the checks prove, from the criteria"),
    ("[  ]", "Previous and next file"),
    ("f  F", "Next and previous finding"),
    ("Enter", "Open or close the item"),
    ("s", "Take the review and begin"),
    ("u", "Give the review back"),
    ("n", "Take what is due first, when nothing is left to do here"),
    ("c", "Public comment"),
    ("m", "Private note"),
    ("r", "Request for a change; at a finding, for its fix"),
    ("w", "Waive the finding at hand"),
    ("t", "Prepared answers"),
    ("d", "Decide"),
    ("Ctrl Enter", "Send the form at hand"),
    ("g q", "Back to the queue"),
    ("?", "This list"),
    ("Escape", "Leave a field, close a form or this list"),
)


@require_safe
@reviewing()
def show(request: HttpRequest) -> HttpResponse:
    """Show the keys."""
    part = "HX-Request" in request.headers or request.headers.get("X-Requested-With") == "fetch"
    template = "reviewers/_keyboard_map.html" if part else "reviewers/keyboard_help.html"
    return render(request, template, {"queue_keys": QUEUE, "review_keys": REVIEW})
