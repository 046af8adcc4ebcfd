"""The texts that an installation starts with: criteria and prepared answers."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from certification.models import Criterion, PreparedAnswer
from tests.test_voice import PATTERNS

spelling = import_module("certification.migrations.0014_spelling")


@pytest.mark.django_db
def test_stored_texts_use_none_of_the_words() -> None:
    texts = [text for row in Criterion.objects.all() for text in (row.title, row.group, row.text)]
    texts += [text for row in PreparedAnswer.objects.all() for text in (row.title, row.text)]

    assert len(texts) > 60
    assert not [(text, found[0]) for text in texts for pattern in PATTERNS if (found := pattern.search(text))]


@pytest.mark.django_db
def test_a_text_that_somebody_changed_is_not_rewritten() -> None:
    Criterion.objects.filter(key="licence").update(title="Clear rights", text=spelling.CRITERIA["licence"]["text"][0])

    spelling.rewrite(apps, None)

    row = Criterion.objects.get(key="licence")
    assert (row.title, row.text) == ("Clear rights", spelling.CRITERIA["licence"]["text"][1])
