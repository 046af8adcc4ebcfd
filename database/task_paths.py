"""Keep queued messages working when their task moves to another module.

A message names its task by the path of the function. A worker that finds nothing there marks the message as failed, and
its work is lost: so a change that moves a task needs a migration with `moved`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython


def moved(paths: Mapping[str, str]) -> RunPython:
    """Return the migration operation that changes old paths in messages to new ones, in any state.

    This includes messages of killed workers, which are sent again. In reverse, a task with several old paths gets the
    first.
    """

    def follow(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        _rewrite(apps, editor, paths)

    def go_back(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        _rewrite(apps, editor, {new: old for old, new in reversed([*paths.items()])})

    return RunPython(follow, go_back)


def _rewrite(apps: Apps, editor: BaseDatabaseSchemaEditor, paths: Mapping[str, str]) -> None:
    messages = apps.get_model("django_tasks_database", "DBTaskResult").objects.using(editor.connection.alias)
    for before, after in paths.items():
        messages.filter(task_path=before).update(task_path=after)
