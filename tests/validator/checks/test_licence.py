"""Licenses: texts that are recognized, and texts that only look like one."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from tests.validator.checks.conftest import POINTER, Run, only, rules
from validator.checks.licence import check
from validator.knowledge import licenses
from validator.results import Outcome, Severity

MIT = """MIT License

Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software, to deal in it without restriction, subject to this condition:

The above copyright notice and this permission notice shall be included in all copies.
"""
BSD = """Redistribution and use in source and binary forms are permitted provided that:
1. Redistributions of source code must retain the notice.
2. Redistributions in binary form must reproduce the notice.
"""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MIT, "MIT"),
        (MIT.replace("\n", "\r\n * "), "MIT"),
        (MIT.replace("The above copyright notice and", ""), "MIT-0"),
        (BSD, "BSD-2-Clause"),
        (BSD + "3. Neither name may be used to endorse or promote products derived from it.", "BSD-3-Clause"),
        ("Apache License\n  Version 2.0, January 2004\n", "Apache-2.0"),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", "GPL-3.0"),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 2, June 1991", "GPL-2.0"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3\nthe GNU General Public License version 3", "LGPL-3.0"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3\nGNU General Public License", "AGPL-3.0"),
        ("Mozilla Public License Version 2.0", "MPL-2.0"),
        ("This is free and unencumbered software released into the public domain.", "Unlicense"),
        (
            "Permission to use, copy, modify, and/or distribute this software for any purpose is granted,"
            " provided that the notice appear in all copies.",
            "ISC",
        ),
        ("// SPDX-License-Identifier: MPL-2.0", "MPL-2.0"),
        ("All rights reserved.", None),
        ("MIT", None),
        ("SPDX-License-Identifier: Whatever-1.0", None),
        ("", None),
    ],
)
def test_text_is_recognized_by_its_phrases(text: str, name: str | None) -> None:
    assert licenses.recognize(text) == name


@pytest.mark.parametrize(
    "path",
    [
        *(
            "LICENSE",
            "license.md",
            "LICENCE.txt",
            "COPYING",
            "COPYING.md",
            "LICENSE-MIT",
            "LICENSE.MIT",
            "LICENSE_MIT.txt",
        ),
        *("MIT-LICENSE", "MIT-LICENSE.txt", "mit-licence.md", "MIT_LICENSE", "MIT.LICENSE", "UNLICENSE"),
        *("license/LICENSE.txt", "license/LICENSE", "LICENSE/MIT.md", "licenses/MIT", "LICENSES/MIT.txt"),
        "licence/MIT-LICENSE.txt",
    ],
)
def test_licence_file_of_any_usual_name_passes(run: Run, path: str) -> None:
    result = run(check, {path: MIT})

    assert (result.findings, result.outcome) == ((), Outcome.PASSED)


@pytest.mark.parametrize(
    "path",
    [
        *("service/LICENSE", "licensing.js", "license.js", "docs/LICENSE.md", "licenses/third-party.txt"),
        *(
            "THIRD-PARTY-LICENSES",
            "third-party-license.txt",
            "license/index.js",
            "license/README.md",
            "admit-license.txt",
        ),
    ],
)
def test_file_elsewhere_or_of_another_kind_is_no_licence(run: Run, path: str) -> None:
    result = run(check, {path: MIT, "README.md": "MIT"})

    assert (only(result).rule, result.outcome) == ("licence-missing", Outcome.FAILED)


@pytest.mark.parametrize("text", ["Ask us before you use this.", "", "MIT", "\0\xff"])
def test_unknown_text_fails(run: Run, text: str) -> None:
    result = run(check, {"LICENSE": text})

    assert (only(result).rule, only(result).path, result.outcome) == ("licence-unknown", "LICENSE", Outcome.FAILED)


def test_second_file_may_be_the_known_one(run: Run) -> None:
    assert rules(run(check, {"LICENSE": "Our terms", "LICENSE-MIT": MIT})) == []


@pytest.mark.parametrize(
    "field",
    [
        *('"MIT"', '"(MIT OR Apache-2.0)"', '"SEE LICENSE IN LICENSE"', "null", '{"type": "MIT"}'),
        *(
            '"Apache-2.0/MIT"',
            '"MIT / Apache-2.0"',
            '"MIT or Apache-2.0"',
            '"MIT, Apache-2.0"',
            '["MIT", "Apache-2.0"]',
        ),
        *('"MIT AND (Apache-2.0 WITH LLVM-exception)"', '"https://opensource.org/licenses/MIT"', '[{"type": "MIT"}]'),
        '"http://www.apache.org/licenses/Apache-2.0.html"',
    ],
)
def test_manifest_that_agrees_or_says_nothing_stays_silent(run: Run, field: str) -> None:
    result = run(
        check,
        {"LICENSE": MIT, "LICENSE-APACHE": "Apache License Version 2.0", "package.json": f'{{"license": {field}}}'},
    )

    assert rules(result) == []


def test_manifest_that_names_another_licence_is_a_note(run: Run) -> None:
    files = {"LICENSE": MIT, "app/package.json": '{"license": "ISC"}', "other/package.json": '{"license": "ISC"}'}

    result = run(check, files, app="service")

    finding = only(result)
    assert (finding.path, finding.severity, finding.application) == ("app/package.json", Severity.NOTE, "app")
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("one", "two"), [("GPL-3.0-only", "GPL-3.0"), ("gpl-3.0-or-later", "GPL-3.0"), ("Apache 2", "Apache-2.0")]
)
def test_names_of_one_licence_are_the_same(one: str, two: str) -> None:
    assert licenses.same(one, two)
    assert not licenses.same(one, "MIT")


def test_licence_that_is_a_link_inside_the_repository_is_read(run: Run) -> None:
    assert rules(run(check, {"LICENSE": PurePath("legal/MIT.txt"), "legal/MIT.txt": MIT})) == []


@pytest.mark.parametrize("target", ["../LICENSE", "/usr/share/common-licenses/MIT", "nothing", "LICENSE"])
def test_licence_that_is_another_link_is_not_called_missing(run: Run, target: str) -> None:
    finding = only(run(check, {"LICENSE": PurePath(target)}))

    assert finding.message.startswith("LICENSE is a symbolic link to ")


def test_licence_that_is_a_pointer_of_git_lfs_says_so(run: Run) -> None:
    assert "Git LFS" in only(run(check, {"LICENSE": POINTER})).message


@pytest.mark.parametrize("field", ["Apache-2.0/MIT", "MIT OR Apache-2.0", "MIT, Apache-2.0"])
def test_of_two_licences_only_the_one_without_a_file_differs(run: Run, field: str) -> None:
    result = run(check, {"LICENSE": MIT, "package.json": f'{{"license": "{field}"}}'})

    assert only(result).message == "package.json says Apache-2.0, the license file is MIT."
