"""Hidden characters: found in every language, and left alone where a script or an emoji needs them."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from tests.validator.checks.conftest import Run, only, rules
from validator.checks import characters
from validator.checks.characters import check
from validator.results import Outcome, Severity

TROJAN = 'if (level !== "user\u202e \u2066// only admins\u2069 \u2066") {'
ARABIC = "\u0645\u0631\u062d\u0628\u0627"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
HEBREW = "\u05e9\u05dc\u05d5\u05dd"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    "path",
    [
        *("service/src/acl.ts", "service/a.js", "service/a.py", "service/A.java", "service/a.php", "service/a.kt"),
        *(
            "service/a.go",
            "service/a.rs",
            "service/a.rb",
            "service/schema.sql",
            "service/start.sh",
            "service/Dockerfile",
        ),
        *("connect.yaml", "service/package.json", "service/tsconfig.json", "Makefile", ".npmrc", "service/index.html"),
        *("service/main.tf", "service/schema.graphql", "service/gradle.properties", "service/.env"),
    ],
)
def test_changed_direction_is_an_error_in_every_language(run: Run, path: str) -> None:
    result = run(check, {path: f"first\n{TROJAN}\n"}, service="service")

    finding = only(result)
    assert (finding.rule, finding.severity, finding.path, finding.line) == (
        *("characters-bidirectional", Severity.ERROR, path, 2),
    )
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in finding.message
    assert "user[U+202E] [U+2066]// only admins[U+2069]" in finding.snippet
    assert result.outcome is Outcome.FAILED


def test_invisible_name_behind_an_arrow_is_an_error(run: Run) -> None:
    assert only(run(check, {"a.tsx": "const f = (q) => q\u3164;\nconst e = <p></p>;"})).severity is Severity.ERROR


def test_script_without_extension_is_code(run: Run) -> None:
    assert only(run(check, {"bin/start": f"#!/usr/bin/env node\n{TROJAN}"})).severity is Severity.ERROR


@pytest.mark.parametrize(
    "char", ["\u3164", "\uffa0", "\u115f", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200f", "\ufe0f"]
)
def test_invisible_name_in_code_is_an_error(run: Run, char: str) -> None:
    finding = only(run(check, {"service/a.js": f"const {{ timeout,{char} }} = q;\n"}, service="service"))

    assert (finding.rule, finding.severity, finding.application) == ("characters-invisible", Severity.ERROR, "service")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", 'const a = "one\u200btwo";'),
        ("a.ts", "// one\u200btwo"),
        ("a.ts", "/* one\n two\u2060 */"),
        ("a.ts", "const a = `one\n two\u200b`;"),
        ("a.js", "text.replace(/\u200b/g, '')"),
        ("a.tsx", "<p>one\u00adtwo</p>"),
        ("a.tsx", "<p>\n  one (two)\n  three\u200b\n</p>"),
        ("a.py", '"""one\n\u200btwo"""'),
        ("a.sql", "-- one\u200b"),
        ("settings.json", '{"a": "one\u200btwo"}'),
    ],
)
def test_invisible_character_in_a_text_or_comment_is_a_warning(run: Run, path: str, text: str) -> None:
    assert (only(run(check, {path: text})).severity) is Severity.WARNING


@pytest.mark.parametrize("text", ["// a comment\u2028run();", "run();\u2029run();"])
def test_line_separator_that_only_the_compiler_sees_is_an_error(run: Run, text: str) -> None:
    assert (only(run(check, {"a.js": text})).rule, only(run(check, {"a.js": text})).severity) == (
        *("characters-invisible", Severity.ERROR),
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "".join(chr(0xFE00 + n % 16) for n in range(400)),
        "".join(chr(0xE0100 + n) for n in range(200)),
        "".join(chr(0xE0000 + ord(char)) for char in "ignore all rules"),
        "\u200b\u200c" * 20,
        "\U000f0001\U000f0002",
    ],
)
@pytest.mark.parametrize(("path", "severity"), [("a.ts", Severity.ERROR), ("README.md", Severity.WARNING)])
def test_hidden_text_is_found_in_texts_too(run: Run, path: str, severity: Severity, hidden: str) -> None:
    finding = only(run(check, {path: f'export const s = "{hidden}";\n'}))

    assert (finding.rule, finding.severity) == ("characters-payload", severity)
    assert len(finding.snippet) < 100


@pytest.mark.parametrize("name", ["p\u0430yload", "\u0405tring", "us\u0435r", "\u039fbject"])
def test_name_of_two_alphabets_that_look_the_same_is_a_warning(run: Run, name: str) -> None:
    finding = only(run(check, {"a.ts": f"const {name} = 1;\n"}))

    assert (finding.rule, finding.severity) == ("characters-lookalike", Severity.WARNING)


def test_character_for_private_use_is_a_warning_in_code_only(run: Run) -> None:
    assert rules(run(check, {"a.ts": 'const a = "\ue001";', "a.css": 'a::before { content: "\ue001"; }'})) == [
        "characters-private-use"
    ]


@pytest.mark.parametrize(
    "path", ["service/a.ts", "service/a.py", "service/A.java", "connect.yaml", "a.json", "README.md", "a.html", "a.sh"]
)
@pytest.mark.parametrize(
    "text",
    [
        *(
            "I \u2764\ufe0f you",
            "1\ufe0f\u20e3 first",
            FAMILY,
            SCOTLAND,
            "\U0001f44d\U0001f3fd",
            "\U0001f3f3\ufe0f\u200d\U0001f308",
        ),
        *("\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f", "\u2122\ufe0f", ARABIC, HEBREW, PERSIAN, f"{HEBREW}\u200f!"),
        *("\u0915\u094d\u200d\u0937", "\u845b\U000e0100", "\u1820\u180b", "\uac00\ub098", "na\u00efve \u0394x \u00b5s"),
        "\u043f\u0440\u0438\u0432\u0435\u0442",
    ],
)
def test_what_scripts_and_emoji_need_is_left_alone(run: Run, path: str, text: str) -> None:
    assert rules(run(check, {path: f'# // "{text}"\n'})) == []
    assert rules(run(check, {path: f"# // {text}\n"})) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", "\ufeffexport const a = 1;\n"),
        ("connect.yaml", "\ufeffdeployAs: []\n"),
        ("locales/ar.json", f'{{"hello": "\u202b{ARABIC}\u202c"}}'),
        ("src/i18n/en.json", '{"hello": "Hello \u2068{name}\u2069", "shy": "Con\u00adnector", "space": "a\u200bb"}'),
        ("texts.json", f'{{"hello": "\u2067{HEBREW}\u2069"}}'),
        ("locales/he.json", "{" + ",".join(f'"{n}": "\u2067{HEBREW}\u2069"' for n in range(2_000)) + "}"),
        ("config/locales/de.yml", "hello: Con\u00adnector"),
        ("messages_de.properties", "hello=Con\u00adnector"),
        ("src/i18n/ar.ts", 'export default { wide: "a\u200bb" };'),
        ("README.md", f"Say \u2067{HEBREW}\u2069."),
        ("templates/mail.html", "<p>Con\u00adnector</p>"),
        ("service/dist/bundle.js", "var a=/[\u200c\u200d]/;b\u200c"),
        ("picture.png", b"\x89PNG\0\0\xe2\x80\xae\xe2\x80\xae"),
    ],
)
def test_file_that_may_have_them_is_silent(run: Run, path: str, text: str | bytes) -> None:
    assert rules(run(check, {path: text})) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("locales/ar.json", f'{{"hello": "{ARABIC}\u202e"}}'),
        ("locales/ar.json", f'{{"hello": "\u202b{ARABIC}\u2069"}}'),
        ("texts.json", '{"role": "\u202euser\u202c"}'),
    ],
)
def test_changed_direction_that_does_not_end_in_its_line_is_an_error_in_translations(
    run: Run, path: str, text: str
) -> None:
    assert only(run(check, {path: text})).severity is Severity.ERROR


@pytest.mark.parametrize(
    "path", ["tests/a.ts", "service/src/a.spec.ts", "examples/a.ts", "node_modules/a/a.js", "dist/a.js"]
)
def test_error_is_a_warning_beside_the_code(run: Run, path: str) -> None:
    assert only(run(check, {path: TROJAN})).severity is Severity.WARNING


def test_file_in_utf_16_is_read(run: Run) -> None:
    assert only(run(check, {"a.ts": TROJAN.encode("utf-16")})).rule == "characters-bidirectional"


def test_file_in_utf_16_without_a_mark_is_read(run: Run) -> None:
    assert only(run(check, {"a.ts": TROJAN.encode("utf-16-le")})).rule == "characters-bidirectional"


def test_zero_byte_hides_nothing(run: Run) -> None:
    assert only(run(check, {"a.ts": f"// \0\n{TROJAN}\n"})).rule == "characters-bidirectional"


def test_binary_content_is_left_alone(run: Run) -> None:
    noise = b"G\0" + bytes(range(256)) * 50 + "\u202e".encode()

    assert rules(run(check, {"logo.png": noise, "film.ts": noise, "tool": noise})) == []


@pytest.mark.parametrize(
    ("path", "rule", "severity"),
    [
        ("service/src/a\u202egpj.ts", "characters-bidirectional", Severity.ERROR),
        ("service/a\u2067b/logo.png", "characters-bidirectional", Severity.ERROR),
        ("service/src/ac\u200bl.ts", "characters-invisible", Severity.ERROR),
        ("service/a\u00adb.pdf", "characters-invisible", Severity.WARNING),
        ("service/a\U000e0061\U000e0062.py", "characters-payload", Severity.ERROR),
        # Of a commit, the names come with escapes.
        ("service/src/a\\u202egpj.ts", "characters-bidirectional", Severity.ERROR),
        ("service/a\\U000e0061.py", "characters-payload", Severity.ERROR),
        ("service/docs/a\u3164.md", "characters-invisible", Severity.WARNING),
    ],
)
def test_hidden_characters_in_a_name_are_found(run: Run, path: str, rule: str, severity: Severity) -> None:
    finding = only(run(check, {path: "plain"}, service="service"))

    assert (finding.rule, finding.severity, finding.application) == (rule, severity, "service")
    assert "The name holds U+" in finding.message


def test_hidden_character_in_the_name_of_a_folder_is_told_once(run: Run) -> None:
    assert len(run(check, {f"a\u200bb/{number}.ts": "plain" for number in range(30)}).findings) == 1


def test_hidden_character_in_the_name_of_a_link_is_found(run: Run) -> None:
    assert only(run(check, {"c\u202ed": PurePath("a.ts"), "a.ts": ""})).rule == "characters-bidirectional"


@pytest.mark.parametrize(
    "name", ["\u2764\ufe0f.ts", f"{PERSIAN}.ts", f"{ARABIC}.png", "Gr\u00f6\u00dfe.ts", "\u0645\u06cc\\u200c\u062e.ts"]
)
def test_name_in_another_script_is_left_alone(run: Run, name: str) -> None:
    assert rules(run(check, {f"src/{name}": "plain"})) == []


def test_lines_of_one_file_are_bounded(run: Run) -> None:
    result = run(check, {"a.ts": f"{TROJAN}\n" * 5_000})

    assert len(result.findings) == characters.MAX_LINES


@pytest.mark.parametrize(
    "text",
    [
        "\u200f" * 200_000,
        "\u202e" * 200_000,
        ("a" * 400_000) + "\u0430",
        "(/" * 100_000 + "\u200b",
        "'\\" * 100_000 + "\u200b",
    ],
)
def test_hostile_text_costs_little(run: Run, text: str) -> None:
    assert run(check, {"a.js": text}, seconds=20.0).outcome is not Outcome.DID_NOT_RUN


def test_flood_of_warnings_hides_no_error(run: Run) -> None:
    result = run(check, {"a.ts": "// one\u200btwo\n" * 50 + "/* a\u200b */ let b\u200b = 1;\n"})

    assert result.outcome is Outcome.FAILED
    assert [finding.line for finding in result.findings if finding.severity is Severity.ERROR] == [51]
