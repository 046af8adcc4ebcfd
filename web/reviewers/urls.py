"""The reviewers' pages."""

from django.urls import include, path

from web.reviewers import criteria, figures, history, keyboard_help, queue_actions, queue_page, saved_views
from web.reviewers.review import (
    claims,
    code_pages,
    conversation,
    credentials,
    decision,
    line_comments,
    page,
    requests,
    verdicts,
    waivers,
)

REVIEW = [
    path("files", code_pages.files, name="review_files"),
    path("file", code_pages.file, name="review_file"),
    path("packages", code_pages.packages, name="review_packages"),
    path("tags", code_pages.fetch, name="review_fetch"),
    path("documents", code_pages.documentation, name="review_documents"),
    path("here", page.here, name="review_here"),
    path("start", claims.start, name="review_start"),
    path("release", claims.release, name="review_release"),
    path("assign", claims.assign, name="review_assign"),
    path("comment", conversation.comment, name="review_comment"),
    path("note", conversation.note, name="review_note"),
    path("remark", line_comments.remark, name="review_remark"),
    path("remark/<int:pk>/drop", line_comments.drop_remark, name="review_drop_remark"),
    path("requests", requests.ask_for, name="review_request"),
    path("requests/<int:pk>/<slug:how>", requests.settle, name="review_settle"),
    path("criteria/evidence", verdicts.accept_evidence, name="review_evidence"),
    path("criteria/<slug:key>", verdicts.verdict, name="review_verdict"),
    path("findings/<int:finding_id>/waiver", waivers.propose_waiver, name="review_waiver"),
    path("waivers/<int:pk>/<slug:how>", waivers.decide_waiver, name="review_decide_waiver"),
    path("escalate", conversation.escalate, name="review_escalate"),
    path("recheck", claims.recheck, name="review_recheck"),
    path("credentials", credentials.reveal, name="review_reveal"),
    path("unsent", conversation.keep_unsent, name="review_unsent"),
    path("preview", decision.preview, name="review_preview"),
    path("decide", decision.decide, name="review_decide"),
    path("decide/tag", decision.tag_check, name="review_tag_check"),
]

urlpatterns = [
    path("queue", queue_page.show, name="queue"),
    path("queue.csv", queue_page.table, name="queue_table"),
    path("queue/next", queue_actions.claim_next, name="queue_next"),
    path("queue/together", queue_actions.together, name="queue_together"),
    path("queue/views", saved_views.save, name="queue_save"),
    path("queue/views/<int:pk>/delete", saved_views.forget, name="queue_forget"),
    path("history", history.show, name="history"),
    path("history.csv", history.table, name="history_table"),
    path("history.jsonl", history.lines, name="history_lines"),
    path("figures", figures.show, name="figures"),
    path("figures.json", figures.data, name="figures_data"),
    path("reviews/<uuid:draft_id>", page.show, name="review"),
    path("reviews/answers", page.answers, name="review_answers"),
    path("reviews/keys", keyboard_help.show, name="review_keys"),
    path("criteria", criteria.show, name="criteria"),
    path("reviews/<uuid:draft_id>/", include(REVIEW)),
]
