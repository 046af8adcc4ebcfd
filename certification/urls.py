"""The reviewers' pages."""

from django.urls import path

from certification.views import queue, review, verbs

urlpatterns = [
    path("queue", queue.show, name="queue"),
    path("reviews/<uuid:draft_id>", review.show, name="review"),
    path("reviews/<uuid:draft_id>/start", verbs.start, name="review_start"),
    path("reviews/<uuid:draft_id>/comment", verbs.comment, name="review_comment"),
    path("reviews/<uuid:draft_id>/certify", verbs.certify, name="review_certify"),
    path("reviews/<uuid:draft_id>/fail", verbs.fail, name="review_fail"),
]
