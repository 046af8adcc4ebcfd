"""The worker's part, in the test itself."""

from __future__ import annotations

from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult


def work_off() -> None:
    """Do every task that is due, as the worker does, until none is left."""
    while True:
        row = DBTaskResult.objects.ready().order_by("enqueued_at").first()
        if row is None:
            return
        DBTaskResult.objects.filter(pk=row.pk).update(status="SUCCESSFUL", finished_at=timezone.now())
        import_string(row.task_path).call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
