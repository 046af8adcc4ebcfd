"""How forms are drawn."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws fields from templates/forms, so that our own pages and django-allauth's look the same."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
