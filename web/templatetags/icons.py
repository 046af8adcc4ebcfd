"""Icons, in every template: `{% icon "mail" %}`."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(name="icon")
@lru_cache(maxsize=500)
def icon(name: str, more: str = "") -> SafeString:
    """Return an icon of static/icons.svg, for a place beside a word that says the same; bin/vendor adds new ones.

    `more` are further classes. A page has dozens of them, so each is made once.
    """
    classes = f"icon {more}" if more else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static("icons.svg"),
        name,
    )
