"""The paths of drafts, and of what developers do in a review."""

from django.urls import path

from web.developers import draft, draft_verbs, drafts, editing, repository_preview, review_verbs

urlpatterns = [
    path("drafts", drafts.drafts, name="drafts"),
    path("drafts/new", editing.new, name="draft_new"),
    path("drafts/new/look", editing.probe, name="draft_probe"),
    path("drafts/new/keep", editing.keep, name="draft_keep"),
    path("drafts/new/start-over", editing.start_over, name="draft_start_over"),
    path("drafts/<uuid:id>", draft.draft, name="draft"),
    path("drafts/<uuid:id>/checks", draft.draft_checks, name="draft_checks"),
    path("drafts/<uuid:id>/runs/<uuid:run_id>", draft.run, name="draft_run"),
    path("drafts/<uuid:id>/comments", draft.comment, name="draft_comment"),
    path("drafts/<uuid:id>/edit", editing.edit, name="draft_edit"),
    path("drafts/<uuid:id>/edit/look", editing.probe_again, name="draft_probe_again"),
    path("drafts/<uuid:id>/edit/keep", editing.keep_changes, name="draft_keep_changes"),
    path("drafts/<uuid:id>/edit/drop", editing.drop_changes, name="draft_drop_changes"),
    path("drafts/<uuid:id>/tag", draft_verbs.tag, name="draft_tag"),
    path("drafts/<uuid:id>/tags", repository_preview.tags, name="draft_tags"),
    path("drafts/<uuid:id>/publish", draft_verbs.publish, name="draft_publish"),
    path("drafts/<uuid:id>/preview", draft_verbs.preview, name="draft_preview"),
    path("drafts/<uuid:id>/unlist", draft_verbs.unlist, name="draft_unlist"),
    path("drafts/<uuid:id>/delete", draft_verbs.delete, name="draft_delete"),
    path("drafts/<uuid:id>/withdraw", review_verbs.withdraw, name="draft_withdraw"),
    path("drafts/<uuid:id>/resubmit", review_verbs.resubmit, name="draft_resubmit"),
    path("drafts/<uuid:id>/appeal", review_verbs.appeal, name="draft_appeal"),
    path("drafts/<uuid:id>/hand-back", review_verbs.hand_back, name="draft_hand_back"),
    path("drafts/<uuid:id>/requests/<int:pk>", review_verbs.tick, name="draft_request"),
    path("drafts/<uuid:id>/notes", review_verbs.notes, name="draft_notes"),
]
