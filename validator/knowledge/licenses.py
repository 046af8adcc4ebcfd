"""Recognize a license by phrases that only its text contains."""

# ruff: noqa: E501 - one license is one row of the table.
from __future__ import annotations

import re
from collections.abc import Mapping

# Each SPDX identifier with phrases that the text must contain, and phrases that it must not: the latter distinguish a
# license from one that quotes or extends it. Texts are compared in lowercase with one space between words.
_PHRASES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("Apache-2.0", ("apache license", "version 2.0"), ("licensed works", "change date")),
    ("AGPL-3.0", ("gnu affero general public license", "version 3"), ()),
    ("LGPL-3.0", ("gnu lesser general public license", "version 3"), ("gnu affero general public license",)),
    ("LGPL-2.1", ("gnu lesser general public license", "version 2.1"), ()),
    ("GPL-3.0", ("gnu general public license", "version 3"), ("gnu lesser general public license version", "version 3 of the gnu affero")),
    ("GPL-2.0", ("gnu general public license", "version 2"), ("version 3",)),
    ("MPL-2.0", ("mozilla public license", "2.0"), ()),
    ("EPL-2.0", ("eclipse public license", "2.0"), ()),
    ("EPL-1.0", ("eclipse public license", "1.0"), ("2.0",)),
    ("EUPL-1.2", ("european union public licence", "1.2"), ()),
    ("CDDL-1.0", ("common development and distribution license", "1.0"), ()),
    ("OSL-3.0", ("open software license", "3.0"), ("academic free license",)),
    ("AFL-3.0", ("academic free license", "3.0"), ()),
    ("BUSL-1.1", ("business source license 1.1",), ()),
    ("Elastic-2.0", ("elastic license 2.0",), ()),
    ("SSPL-1.0", ("server side public license", "version 1"), ()),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",), ()),
    ("CC0-1.0", ("cc0 1.0 universal",), ()),
    ("CC-BY-4.0", ("creative commons attribution 4.0",), ("sharealike", "noncommercial", "noderivatives")),
    ("CC-BY-SA-4.0", ("creative commons attribution-sharealike 4.0",), ()),
    ("BSL-1.0", ("boost software license",), ()),
    ("Zlib", ("this software is provided 'as-is'", "altered source versions must be plainly marked"), ()),
    ("WTFPL", ("do what the fuck you want to public license",), ()),
    ("MS-PL", ("microsoft public license",), ()),
    (
        "BSD-4-Clause",
        ("redistribution and use in source and binary forms", "all advertising materials mentioning features"),
        (),
    ),
    (
        "BSD-3-Clause",
        ("redistribution and use in source and binary forms", "endorse or promote products derived from"),
        ("all advertising materials",),
    ),
    (
        "BSD-2-Clause",
        ("redistribution and use in source and binary forms", "redistributions in binary form must reproduce"),
        ("endorse or promote",),
    ),
    (
        "MIT",
        (
            "permission is hereby granted, free of charge, to any person obtaining a copy",
            "the above copyright notice and this permission notice shall be included",
        ),
        (),
    ),
    ("MIT-0", ("permission is hereby granted, free of charge, to any person obtaining a copy",), ("the above copyright",)),
    (
        "ISC",
        ("permission to use, copy, modify, and/or distribute this software for any purpose", "notice appear in all copies"),
        (),
    ),
    (
        "ISC",
        ("permission to use, copy, modify, and distribute this software for any purpose", "notice appear in all copies"),
        (),
    ),
    ("0BSD", ("permission to use, copy, modify, and/or distribute this software for any purpose",), ("appear in all copies",)),
)  # fmt: skip

_SHORT: Mapping[str, str] = {
    "apache 2": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "gplv3": "GPL-3.0",
    "gplv2": "GPL-2.0",
    "bsd": "BSD-3-Clause",
    "bsd-3": "BSD-3-Clause",
    "bsd-2": "BSD-2-Clause",
}


def recognize(text: str) -> str | None:
    """Return the SPDX identifier of a license text, or None.

    The GNU family is named without `-only` or `-or-later`: the text is the same, the choice is made elsewhere.
    """
    tagged = re.search(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+-]{2,60})", text)
    # Typographic characters and comment marks differ between copies of one text.
    plain = re.sub(r"(?:[\s*#>_`]|//)+", " ", text.replace("\u2019", "'").replace("\u2018", "'")).lower()
    for identifier, needed, forbidden in _PHRASES:
        if all(phrase in plain for phrase in needed) and not any(phrase in plain for phrase in forbidden):
            return identifier
    return tagged[1] if tagged and tagged[1] in {row[0] for row in _PHRASES} else None


def same(one: str, two: str) -> bool:
    """Return whether two names mean the same license, ignoring `-only` and `-or-later`."""
    return _plain(one) == _plain(two)


def _plain(name: str) -> str:
    small = name.strip().lower()
    return re.sub(r"-(only|or-later)$|\+$", "", _SHORT.get(small, small).lower())
