"""Messages that wait in the queue while their task moves to another module.

A message names its task by the path of the function. A worker that finds nothing there ends the message as failed, and
what it was to send is lost: so whoever moves a task adds a migration with `moved`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython


def moved(paths: Mapping[str, str]) -> RunPython:
    """Return the operation that gives messages of the old paths the new ones, whatever their state.

    Those that a killed worker had are sent again by their new path, too. On the way back a task that had several old
    paths gets the first.
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
