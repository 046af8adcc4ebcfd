"""Secrets: what is found, what is left alone, and that nothing is ever shown in full."""

from __future__ import annotations

import random
import string

import pytest

from tests.processor import costs_at_most
from tests.validator.checks.conftest import Run, only, rules
from validator.checks.leaked_secrets import check
from validator.knowledge.secret_patterns import PATTERNS, REACH, find, is_name, mask, mask_strings
from validator.results import Outcome, Severity

ALNUM = string.ascii_letters + string.digits


def made(pattern: str, *, seed: int = 7) -> str:
    """Make a value of a shape: `{A16}` is 16 capitals or digits 2-7, h hexadecimal, x letters and digits, d digits."""
    chance = random.Random(seed)
    alphabets = {"A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "h": "0123456789abcdef", "x": ALNUM, "d": string.digits}
    pieces = []
    for piece in pattern.replace("{", "}").split("}"):
        if piece[:1] in alphabets and piece[1:].isdigit():
            pieces.append("".join(chance.choice(alphabets[piece[0]]) for _ in range(int(piece[1:]))))
        else:
            pieces.append(piece)
    return "".join(pieces)


# The shapes are put together here from parts so that this file itself holds no credential.
SHAPES = {
    "age-secret-key": "AGE-SECRET-" + "KEY-1{A58}",
    "aws-access-key-id": "AKIA{A16}",
    "aws-secret-access-key": 'aws_secret_access_key = "{x40}"',
    "github-token": "ghp" + "_{x36}",
    "github-fine-grained-token": "github" + "_pat_{x22}_{x59}",
    "gitlab-token": "glpat" + "-{x20}",
    "slack-token": "xoxb" + "-{d12}-{d12}-{x24}",
    "slack-webhook": "https://hooks.slack" + ".com/services/T{A8}/B{A8}/{x24}",
    "discord-webhook": "https://discord" + ".com/api/webhooks/{d18}/{x68}",
    "stripe-key": "sk" + "_live_{x24}",
    "stripe-test-key": "sk" + "_test_{x24}",
    "google-api-key": "AIza" + "{x35}",
    "google-oauth-secret": "GOCSPX" + "-{x28}",
    "google-refresh-token": "1//0{x80}",
    "azure-storage-key": "DefaultEndpointsProtocol=https;AccountKey={x86}==",
    "sendgrid-key": "SG" + ".{x22}.{x43}",
    "mailgun-key": "key" + "-{h32}",
    "mailchimp-key": "{h32}-us12",
    "twilio-key": "SK" + "{h32}",
    "npm-token": "npm" + "_{x36}",
    "python-index-token": "pypi" + "-AgE{x80}",
    "docker-token": "dckr" + "_pat_{x27}",
    "shopify-token": "shpat" + "_{h32}",
    "square-token": "sq0atp" + "-{x22}",
    "braintree-token": "access" + "_token$production${h16}${h32}",
    "adyen-key": "AQE" + "y{x80}-{x43}=-{x15}",
    "mollie-key": "live" + "_{x30}",
    "klaviyo-key": "pk" + "_{h34}",
    "hubspot-token": "pat-na1-{h8}-{h4}-{h4}-{h4}-{h12}",
    "openai-key": "sk" + "-proj-{x30}T3BlbkFJ{x30}",
    "new-relic-key": "NRAK" + "-{A27}",
    "sentry-token": "sntrys" + "_{x80}",
    "telegram-token": "{d9}:AA{x33}",
    "atlassian-token": "ATATT3" + "x{x120}",
    "postman-key": "PMAK" + "-{h24}-{h34}",
    "digitalocean-token": "dop" + "_v1_{h64}",
    "linear-key": "lin" + "_api_{x40}",
    "commercetools-secret": 'CTP_CLIENT_SECRET: "{x32}"',
    "connection-string": "mongodb://app:{x20}@db.shop.internal/orders",
    "json-web-token": "eyJ{x40}.eyJ{x80}.{x43}",
    "generic-secret": 'const paymentApiKey = "{x40}"',
    "private-key": "-----BEGIN " + "PRIVATE KEY-----\n{x64}\n{x64}\n-----END " + "PRIVATE KEY-----",
    "putty-private-key": "PuTTY-User-" + "Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\n"
    "Public-Lines: 2\n{x64}\n{x40}\nPrivate-Lines: 1\n{x48}\nPrivate-MAC: {h64}\n",
}


def test_every_pattern_has_a_shape_in_this_file() -> None:
    assert set(SHAPES) == {pattern.id for pattern in PATTERNS}


@pytest.mark.parametrize("name", SHAPES)
def test_credential_of_a_known_shape_is_found_once_and_masked(run: Run, name: str) -> None:
    text = made(SHAPES[name])
    random_parts = [part for part in made(SHAPES[name]).replace("\n", " ").split() if len(part) >= 30]

    result = run(check, {"src/config.ts": f"// settings\n{text}\n"})

    finding = only(result)
    assert finding.rule == f"secret-{name}"
    assert finding.line == (6 if name == "putty-private-key" else 2) or name == "putty-private-key"
    shown = f"{finding.message} {finding.snippet}"
    assert not any(part.strip("\"'") in shown for part in random_parts)
    assert "********" in finding.snippet


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        'apiKey: "your-api-key-goes-here-1234"',
        'password = "changeme-changeme-123"',
        "const secret = process.env.CTP_CLIENT_SECRET_2024_X;",
        'client_secret = "${CLIENT_SECRET_FROM_VAULT_1}"',
        'token: "{{ .Values.token.secretName1 }}"',
        'const tokenEndpointPath = "oauth2/v1/token.json"',
        'const accessTokenProviderName = "clientCredentialsV2Provider"',
        'privateKeyPath: "./certificates/server1.key.pem"',
        '"secretName": "commercetools-connect-prod-eu1-name"',
        "-----BEGIN " + "PRIVATE KEY-----\n...\n-----END " + "PRIVATE KEY-----",
        "-----BEGIN "
        + "PRIVATE KEY-----\n-----END "
        + "PRIVATE KEY-----\nsha: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "-----BEGIN " + "PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA7Zq\n-----END PUBLIC KEY-----",
        "ghp_" + "x" * 36,
        "postgres://postgres:postgres@localhost:5432/app",
        "mysql://user:password@db.shop.com/x",
        "redis://user:${REDIS_PASSWORD}@cache.shop.com",
        '"integrity": "sha512-tokenQ3VXa2x1c2VjcmV0cGFzc3dvcmQxMjM0NTY3ODkwYWJjZGVmZ2hpag=="',
        "password = '" + "a" * 5_000,
        '"hmacSignature": "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="',
        'const savedTokenId = "9C3F7F5A04BD12B8E053AF598E0A6B1D"',
        "Write to [us](https://mailto:somebody1@example.org)",
        'const apiKeyHelp = "Find the key in your account settings"',
        "const firstToken = 'shop-token-value-123';",
        "const secondToken = 'Shop_Token_OF_Customer_42';",
        "const passwordShape = '^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d).{8,}$';",
        '"apiKeyShape": "^[A-Za-z0-9]{32}$"',
        "passwordPolicy: 'minLength:8,uppercase:1,digits:1'",
        "access_token: 'vkFuQ6oTwj8" + "_Ye4eiRSsqMeqLYNeQRJi',",
    ],
)
def test_placeholder_reference_or_plain_word_stays_silent(run: Run, text: str) -> None:
    result = run(check, {"src/config.ts": text + "\n", ".env": text + "\n"})

    assert rules(result) == []
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "value", ["xkq-7f3-vbn2-9zt-0dsk-41", "A1b2-C3d4-E5f6-G7h8-J9", "vkFuQ6oTwj8" + "_Ye4eiRSsqMeqLYNeQRJj"]
)
def test_value_in_pieces_that_nobody_can_speak_is_found(run: Run, value: str) -> None:
    assert rules(run(check, {"src/config.ts": f"const shopToken = '{value}';\n"})) == ["secret-generic-secret"]


def test_value_without_quotes_counts_in_settings_but_not_in_code(run: Run) -> None:
    value = made("{x40}")

    result = run(check, {".env": f"STORE_PASSWORD={value}\n", "src/a.js": f"const storePassword = {value};\n"})

    assert only(result).path == ".env"


def test_loose_shape_in_a_test_or_example_is_a_warning(run: Run) -> None:
    line = made(SHAPES["generic-secret"])

    result = run(check, {"src/a.spec.ts": line, "docs/setup.md": line, "src/a.ts": line})

    assert {f.path: f.severity for f in result.findings} == {
        "src/a.ts": Severity.ERROR,
        "src/a.spec.ts": Severity.WARNING,
        "docs/setup.md": Severity.WARNING,
    }


def test_known_shape_in_a_test_is_an_error(run: Run) -> None:
    result = run(check, {"tests/fixtures/a.py": made(SHAPES["github-token"])})

    assert result.outcome is Outcome.FAILED


def test_loose_shape_in_a_lock_file_stays_silent(run: Run) -> None:
    result = run(check, {"package-lock.json": made(SHAPES["generic-secret"])})

    assert result.findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "{begin}  # gitleaks:allow\n{key}  # gitleaks:allow\n{end}  # gitleaks:allow\n",
        '"{begin}\\n{key}\\n{key}\\n{end}\\n"',
        "KEY = ('{begin}\\n'\n       '{key}\\n'\n       '{end}\\n')",
        "{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0011\n\n{key}\n{end}\n",
        "  key: |\n    {begin}\n    {key}\n    {end}\n",
        "{begin}\r\n{key}\r\n{end}\r\n",
        '"private_key": "{begin}{key}{end}"',
    ],
)
def test_private_key_in_any_wrapping_is_found(run: Run, text: str) -> None:
    begin, end = ("-----" + word + " RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))

    result = run(check, {"a.txt": text.format(begin=begin, key=made("{x64}"), end=end)})

    assert rules(result) == ["secret-private-key"]
    assert made("{x64}") not in only(result).snippet


def test_ignore_files_and_comments_switch_nothing_off(run: Run) -> None:
    line = made(SHAPES["github-token"]) + "  # gitleaks:allow nosec pragma: allowlist secret\n"
    everything = "*\n**/*\n"
    places = ["service/a.py", "node_modules/x/a.py", "vendor/a.py", ".hidden/a.py"]

    result = run(
        check,
        {
            **dict.fromkeys(places, line),
            ".gitignore": everything,
            ".gitleaksignore": everything,
            ".gitattributes": "* export-ignore -text binary\n",
            ".gitleaks.toml": "[allowlist]\npaths = ['.*']\n",
        },
    )

    assert sorted(f.path or "" for f in result.findings) == sorted(places)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_secret_in_another_encoding_is_found(run: Run, encoding: str) -> None:
    text = "# settings of the shop that nobody should see, in a wide encoding\n" + made(SHAPES["slack-token"])

    result = run(check, {"a.txt": text.encode(encoding)})

    assert rules(result) == ["secret-slack-token"]


def test_secret_beside_zero_bytes_and_inside_binary_content_is_found(run: Run) -> None:
    chance = random.Random(1)
    noise = chance.randbytes(20_000)
    token = made(SHAPES["aws-access-key-id"]).encode()

    result = run(check, {"a.py": b"x = 1 \0 \0\n" + token + b"\n", "logo.png": noise + b"\0" + token + b"\0" + noise})

    assert rules(result) == ["secret-aws-access-key-id"] * 2


def test_random_bytes_stay_silent(run: Run) -> None:
    result = run(check, {"a.bin": random.Random(2).randbytes(3_000_000)})

    assert result.findings == ()


@pytest.mark.parametrize("place", [999_990, 1_000_000 - REACH, 1_000_005, 2_499_000])
def test_secret_is_found_once_wherever_it_lies_in_a_very_long_line(place: int) -> None:
    token = made(SHAPES["github-token"]).encode()
    data = b"a+" * (place // 2) + b" " + token + b" " + b"b+" * 400_000

    found = list(find(data))

    assert [data[m.start : m.end] for m in found] == [token]


def test_hostile_lines_take_a_bounded_time() -> None:
    lines = [b"password = '" + b"a" * 2_000_000, b"-----BEGIN " * 200_000, b"https://a:b" * 200_000, b"token" * 400_000]

    with costs_at_most(20):
        found = [match for line in lines for match in find(line)]

    assert found == []


def test_exact_shape_wins_over_the_name_before_it(run: Run) -> None:
    result = run(check, {"src/a.ts": f'const secretToken = "{made(SHAPES["github-token"])}"'})

    assert rules(result) == ["secret-github-token"]


def test_other_values_on_the_line_are_masked_too(run: Run) -> None:
    first, second = made("{x24}", seed=1), made(SHAPES["github-token"])

    result = run(check, {"a.py": f'login("{first}", "{second}")'})

    assert first not in only(result).snippet
    assert second not in only(result).snippet


def test_moved_secret_keeps_its_fingerprint_and_a_second_one_has_its_own(run: Run) -> None:
    one, two = made(SHAPES["github-token"], seed=1), made(SHAPES["github-token"], seed=2)

    before = run(check, {"a.py": f"A = '{one}'\n"})
    after = run(check, {"a.py": f"# moved\n\nA = '{one}'\nA = '{two}'\n"})

    assert after.findings[0].fingerprint == before.findings[0].fingerprint
    assert after.findings[1].fingerprint != before.findings[0].fingerprint


def test_finding_names_the_application_of_its_folder(run: Run) -> None:
    result = run(check, {"service/a.py": made(SHAPES["github-token"])}, service="service")

    assert only(result).application == "service"


def test_deadline_ends_in_did_not_run(run: Run) -> None:
    result = run(check, {"a.py": "x"}, seconds=-1.0)

    assert result.outcome is Outcome.DID_NOT_RUN
    assert "out of time" in result.detail


def test_file_name_with_control_characters_is_shown_without_them(run: Run) -> None:
    result = run(check, {"a\x1b[2J\u202eb.py": made(SHAPES["github-token"])})

    assert (only(result).path or "").isprintable()


def test_mask_leaves_plain_text_and_hides_secrets() -> None:
    token = made(SHAPES["github-token"])

    assert mask("a plain sentence about tokens") == "a plain sentence about tokens"
    assert mask("org.apache.logging.log4j:log4j-core 2.+") == "org.apache.logging.log4j:log4j-core 2.+"
    assert token not in mask(f"use {token} here")
    assert mask_strings("""jwt.verify(token, "hunter2-hunter2", {"alg": 1})""") == (
        """jwt.verify(token, "********", {"alg": 1})"""
    )


@pytest.mark.parametrize(
    "text",
    [
        "A=\nB=\n",
        "CLIENT_SECRET=\nCTP_PROJECT_KEY={x24}\n",
        "CTP_CLIENT_SECRET=\n{x32}=\n",
        "API_TOKEN= \r\nOTHER2_API3_KEY4_NAME5X6=\r\n",
        "AWS_SECRET_ACCESS_KEY=\n{x40}=\n",
        "PASSWORD:\n{x32}: a\n",
    ],
)
@pytest.mark.parametrize("path", [".env", "service/.env.production", "deploy.sh", "settings.yaml"])
def test_name_on_the_line_after_an_empty_value_is_no_secret(run: Run, path: str, text: str) -> None:
    assert rules(run(check, {path: made(text)})) == []


def test_quoted_value_on_the_next_line_is_found(run: Run) -> None:
    assert rules(run(check, {"a.ts": made('const apiKey =\n  "{x40}";')})) == ["secret-generic-secret"]


@pytest.mark.parametrize(
    "name",
    [
        *("ctpAccessTokenV2", "getCtAccessToken2Get3DSecure", "paymentCustomType1Secret", "payment.token.cacheV2Key1"),
        *(
            "projectKey1:clientIdABC2",
            "tok_visa_3ds2_required",
            "order-12345-customer-6789-abc1",
            "PAYMENT_INTENT_V2_3DS",
        ),
    ],
)
def test_identifier_is_no_secret(run: Run, name: str) -> None:
    assert rules(run(check, {"src/a.ts": f'const token = "{name}";', ".env": f"API_TOKEN={name}\n"})) == []


@pytest.mark.parametrize("shape", ["{x16}", "{x20}", "{x32}", "{x40}", "{h32}", "{x12}-{x20}"])
def test_random_value_is_no_name(shape: str) -> None:
    taken = [value for seed in range(500) if is_name((value := made(shape, seed=seed)).encode())]

    assert len(taken) <= 5, taken


@pytest.mark.parametrize("path", ["tests/a.ts", "service/src/a.spec.ts", "examples/.env", "docs/a.md"])
def test_uuid_in_tests_and_examples_is_no_secret(run: Run, path: str) -> None:
    assert rules(run(check, {path: made('const token = "{h8}-{h4}-4{h3}-a{h3}-{h12}";', seed=3)})) == []


def test_uuid_in_the_application_is_a_warning(run: Run) -> None:
    result = run(check, {"src/a.ts": made('const apiKey = "{h8}-{h4}-4{h3}-a{h3}-{h12}";', seed=3)})

    assert (only(result).rule, only(result).severity) == ("secret-generic-secret", Severity.WARNING)


@pytest.mark.parametrize(
    "value", ["3fa85f64-5717-4562" + "-b3fc-2c963f66afa6", "550E8400-E29B-41D4" + "-A716-446655440000"]
)
def test_uuid_of_the_documentation_is_no_secret(run: Run, value: str) -> None:
    assert rules(run(check, {"src/a.ts": f'const secret = "{value}";'})) == []
