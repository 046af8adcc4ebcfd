"""What the templates of the review need to draw: rows of differences, addresses of files, texts by slot.

A difference may have thousands of rows; they are drawn here, because a template for each row would cost seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django import template
from django.db.models import Model
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.ability import Ability
from certification.comparison.changed_files import FileChange, FileDifference, Spoken
from certification.comparison.line_diff import Line, Pair
from certification.comparison.revisions import Comparison
from certification.rounds.abilities import Abilities
from validator.knowledge import characters

register = template.Library()

_WORDS = {"+": "added", "-": "removed", " ": "same"}


@register.simple_tag
def ability(can: Abilities, verb: str, to: Model) -> Ability:
    """Return whether this can be done to one thing: `{% ability can "settle" request as settle %}`."""
    asked: Ability = getattr(can, verb)(to)
    return asked


@register.filter
def at(texts: Mapping[str, str], slot: str) -> str:
    """Return what was typed in a slot, or an empty text."""
    return texts.get(slot, "")


@register.filter
def field(texts: Mapping[str, str], slot: str) -> dict[str, str]:
    """Return what else was entered into the form of a slot, by the names of its fields."""
    return {name.removeprefix(f"{slot}."): text for name, text in texts.items() if name.startswith(f"{slot}.")}


@register.filter
def said_at(file: FileDifference, line: int) -> list[Spoken]:
    """Return what was said about a line, as a list of one or none."""
    found = file.spoken.get(line)
    return [found] if found is not None else []


@register.filter
def file_query(change: FileChange, compared: Comparison) -> str:
    """Return the parameters of a file's page."""
    return urlencode({"path": change.path, **compared.query})


@register.filter
def compared_query(compared: Comparison) -> str:
    """Return the parameters that choose the same comparison again."""
    return urlencode(compared.query)


@register.filter
def unified_row(line: Line, address: str) -> SafeString:
    """Return one line of a difference as a row of its table."""
    return format_html(
        '<tr class="cr-line cr-{}"{}><td class="cr-number">{}</td>{}<td class="cr-text">{}{}</td></tr>',
        _WORDS[line.sign],
        _anchor(line),
        line.old or "",
        _number(line, address),
        _sign(line),
        _text(line),
    )


@register.filter
def split_row(pair: Pair, address: str) -> SafeString:
    """Return one row of a difference side by side."""
    old, new = pair.old, pair.new
    left = (
        format_html(
            '<td class="cr-number">{}</td><td class="cr-text cr-{}">{}{}</td>',
            old.old or "",
            _WORDS[old.sign],
            _sign(old),
            _text(old),
        )
        if old
        else _NOTHING
    )
    right = (
        format_html(
            '{}<td class="cr-text cr-{}">{}{}</td>', _number(new, address), _WORDS[new.sign], _sign(new), _text(new)
        )
        if new
        else _NOTHING
    )
    return format_html('<tr class="cr-line"{}>{}{}</tr>', _anchor(new) if new else "", left, right)


_NOTHING = mark_safe('<td class="cr-number"></td><td class="cr-text cr-nothing"></td>')


def _anchor(line: Line) -> SafeString:
    return format_html(' id="L{}"', line.new) if line.new else SafeString("")


def _number(line: Line, address: str) -> SafeString:
    """Return the cell with the new line number: where one may comment, a link that says so."""
    if not line.new:
        return SafeString('<td class="cr-number"></td>')
    if not address:
        return format_html('<td class="cr-number">{}</td>', line.new)
    return format_html(
        '<td class="cr-number"><a href="{}" aria-label="Comment on line {}">{}</a></td>',
        f"{address}&line={line.new}#remark-title",
        line.new,
        line.new,
    )


def _text(line: Line) -> str:
    """Return the text of a line with its colors, or with the names of its hidden characters in their places."""
    pieces = () if line.text.isascii() else characters.pieces(line.text, is_first=1 in (line.old, line.new))
    if not any(piece.name for piece in pieces):
        return format_html_join("", "{}", ((_piece(kind, text),) for kind, text in line.pieces)) or line.text
    marks = ((_HIDDEN.format(piece.name) if piece.name else escape(piece.text)) for piece in pieces)
    # A name is a code point and Unicode's own words for it; every other piece was escaped.
    return mark_safe("".join(marks))  # noqa: S308


def _piece(kind: str, text: str) -> str:
    return format_html('<span class="cr-code-{}">{}</span>', kind, text) if kind else text


_HIDDEN = '<mark class="cr-hidden">{}</mark>'


def _sign(line: Line) -> SafeString:
    """Return the sign of a changed line, with a word for those who do not see it."""
    if line.sign == " ":
        return SafeString('<span class="cr-sign" aria-hidden="true"> </span>')
    return format_html(
        '<span class="cr-sign" aria-hidden="true">{}</span><span class="visually-hidden">{}: </span>',
        line.sign,
        _WORDS[line.sign],
    )
