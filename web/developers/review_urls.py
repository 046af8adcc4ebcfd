"""The paths of what developers do in a review."""

from django.urls import path

from web.catalogue import certificate
from web.developers import review_verbs

urlpatterns = [
    path("badges/<uuid:id>.svg", certificate.badge, name="badge"),
    path("certificates/<uuid:id>", certificate.certificate, name="certificate"),
    path("certificates/<uuid:id>.json", certificate.certificate_document, name="certificate_document"),
    path("certificates/<uuid:id>.jws", certificate.signed_certificate, name="signed_certificate"),
    path(".well-known/jwks.json", certificate.keys, name="keys"),
    path("drafts/<uuid:id>/withdraw", review_verbs.withdraw, name="draft_withdraw"),
    path("drafts/<uuid:id>/resubmit", review_verbs.resubmit, name="draft_resubmit"),
    path("drafts/<uuid:id>/appeal", review_verbs.appeal, name="draft_appeal"),
    path("drafts/<uuid:id>/hand-back", review_verbs.hand_back, name="draft_hand_back"),
    path("drafts/<uuid:id>/requests/<int:pk>", review_verbs.tick, name="draft_request"),
    path("drafts/<uuid:id>/notes", review_verbs.notes, name="draft_notes"),
]
