"""The paths of what developers do in a review."""

from django.urls import path

from certification.developers import public, views

urlpatterns = [
    path("badges/<uuid:id>.svg", public.badge, name="badge"),
    path("certificates/<uuid:id>", public.certificate, name="certificate"),
    path("certificates/<uuid:id>.json", public.certificate_document, name="certificate_document"),
    path("certificates/<uuid:id>.jws", public.signed_certificate, name="signed_certificate"),
    path(".well-known/jwks.json", public.keys, name="keys"),
    path("drafts/<uuid:id>/withdraw", views.withdraw, name="draft_withdraw"),
    path("drafts/<uuid:id>/resubmit", views.resubmit, name="draft_resubmit"),
    path("drafts/<uuid:id>/appeal", views.appeal, name="draft_appeal"),
    path("drafts/<uuid:id>/hand-back", views.hand_back, name="draft_hand_back"),
    path("drafts/<uuid:id>/requests/<int:pk>", views.tick, name="draft_request"),
    path("drafts/<uuid:id>/notes", views.notes, name="draft_notes"),
]
