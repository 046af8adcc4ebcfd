"""The reviewers' pages."""

from django.urls import include, path

from web.reviewers import criteria, figures, history, keyboard_help, queue, review, verbs

REVIEW = [
    path("files", review.files, name="review_files"),
    path("file", review.file, name="review_file"),
    path("packages", review.packages, name="review_packages"),
    path("tags", verbs.fetch, name="review_fetch"),
    path("documents", review.documentation, name="review_documents"),
    path("here", review.here, name="review_here"),
    path("start", verbs.start, name="review_start"),
    path("release", verbs.release, name="review_release"),
    path("assign", verbs.assign, name="review_assign"),
    path("comment", verbs.comment, name="review_comment"),
    path("note", verbs.note, name="review_note"),
    path("remark", verbs.remark, name="review_remark"),
    path("remark/<int:pk>/drop", verbs.drop_remark, name="review_drop_remark"),
    path("requests", verbs.ask_for, name="review_request"),
    path("requests/<int:pk>/<slug:how>", verbs.settle, name="review_settle"),
    path("criteria/evidence", verbs.accept_evidence, name="review_evidence"),
    path("criteria/<slug:key>", verbs.verdict, name="review_verdict"),
    path("findings/<int:finding_id>/waiver", verbs.propose_waiver, name="review_waiver"),
    path("waivers/<int:pk>/<slug:how>", verbs.decide_waiver, name="review_decide_waiver"),
    path("escalate", verbs.escalate, name="review_escalate"),
    path("recheck", verbs.recheck, name="review_recheck"),
    path("credentials", verbs.reveal, name="review_reveal"),
    path("unsent", verbs.keep_unsent, name="review_unsent"),
    path("preview", verbs.preview, name="review_preview"),
    path("decide", verbs.decide, name="review_decide"),
]

urlpatterns = [
    path("queue", queue.show, name="queue"),
    path("queue.csv", queue.table, name="queue_table"),
    path("queue/next", queue.take_next, name="queue_next"),
    path("queue/together", queue.together, name="queue_together"),
    path("queue/views", queue.save, name="queue_save"),
    path("queue/views/<int:pk>/delete", queue.forget, name="queue_forget"),
    path("history", history.show, name="history"),
    path("history.csv", history.table, name="history_table"),
    path("history.jsonl", history.lines, name="history_lines"),
    path("figures", figures.show, name="figures"),
    path("figures.json", figures.data, name="figures_data"),
    path("reviews/<uuid:draft_id>", review.show, name="review"),
    path("reviews/answers", review.answers, name="review_answers"),
    path("reviews/keys", keyboard_help.show, name="review_keys"),
    path("criteria", criteria.show, name="criteria"),
    path("reviews/<uuid:draft_id>/", include(REVIEW)),
]
