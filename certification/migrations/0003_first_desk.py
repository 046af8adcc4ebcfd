"""Set up a desk to begin with: criteria, prepared answers, time limits. All of it is for the admin to change."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

CODE = ["**"]
CRITERIA = (
    (
        "specification",
        "Contract",
        "connect.yaml describes the connector completely",
        "must",
        ["specification", "applications"],
        ["connect.yaml"],
        "The specification file is valid, names every application that is in the repository, and nothing that is not.",
    ),
    (
        "configuration",
        "Contract",
        "Every configuration key is explained and secrets are secured",
        "must",
        [],
        ["connect.yaml"],
        "Somebody who installs the connector knows from the description what to enter. Passwords, tokens and keys are secured configuration, never standard configuration and never a default.",
    ),
    (
        "scopes",
        "Contract",
        "The API client asks for no more than it uses",
        "must",
        [],
        ["connect.yaml"],
        "Each scope is needed by code that can be shown. manage_project is the exception that needs a reason in the notes.",
    ),
    (
        "secrets",
        "Security",
        "No secret is in the repository",
        "must",
        ["secrets"],
        CODE,
        "No password, token, key or certificate of a real system is in any file of the commit.",
    ),
    (
        "code",
        "Security",
        "The code has no known class of weakness",
        "must",
        ["static-analysis"],
        CODE,
        "Input is not run, not joined into queries or paths, and not sent back as markup; cryptography is not home-made.",
    ),
    (
        "dependencies",
        "Security",
        "No dependency has a known vulnerability that matters",
        "must",
        ["dependencies"],
        [
            "**/package.json",
            "**/package-lock.json",
            "**/yarn.lock",
            "**/pnpm-lock.yaml",
            "**/requirements*.txt",
            "**/pyproject.toml",
            "**/*.lock",
            "**/pom.xml",
            "**/composer.json",
        ],
        "Versions are locked, and no locked version has an advisory that can be reached from the connector.",
    ),
    (
        "callers",
        "Security",
        "Endpoints know who calls them",
        "must",
        [],
        CODE,
        "Every endpoint that changes something or shows data verifies its caller: a signature, a token, a session of the Merchant Center.",
    ),
    (
        "personal-data",
        "Security",
        "Personal and payment data stay where they belong",
        "must",
        [],
        CODE,
        "Logs, errors and third parties get no personal data, and card data never touches the connector unless it is certified for that.",
    ),
    (
        "function",
        "Quality",
        "It does what the listing says",
        "must",
        [],
        CODE,
        "The applications do what name and description promise, and nothing beside it that an operator would not expect.",
    ),
    (
        "tests",
        "Quality",
        "The important paths have tests",
        "must",
        ["tests"],
        CODE,
        "Each application has unit or integration tests of its own behavior that can fail.",
    ),
    (
        "lifecycle",
        "Quality",
        "Installing and removing can be repeated",
        "must",
        [],
        ["connect.yaml", "**/connector/**", "**/scripts/**"],
        "postDeploy and preUndeploy may run twice, after a failure too, and leave nothing of the connector behind at the end.",
    ),
    (
        "events",
        "Quality",
        "Events may come twice, late or in another order",
        "should",
        [],
        CODE,
        "Handlers are idempotent, answer in time, and do not cause the event that they handle.",
    ),
    (
        "errors",
        "Quality",
        "Failures are handled and can be found",
        "should",
        [],
        CODE,
        "Calls to other systems have time limits; what fails is logged with what is needed to find it, and is not swallowed.",
    ),
    (
        "documentation",
        "Documentation",
        "Somebody new can install it from the documentation",
        "must",
        ["documentation"],
        ["README*", "**/README*", "docs/**", "@listing"],
        "The README or the linked documentation says what the connector is for, what it needs, how it is installed and configured, and its limits.",
    ),
    (
        "licence",
        "Documentation",
        "The licence is clear",
        "must",
        ["licence"],
        ["LICENSE*", "LICENCE*", "COPYING*"],
        "The repository has a licence file of a known licence, and what is copied from others may be.",
    ),
    (
        "listing",
        "Documentation",
        "The listing is true and helps to choose",
        "must",
        [],
        ["@listing"],
        "Name, description, integration types and regions say what it is without promises it does not keep.",
    ),
    (
        "support",
        "Documentation",
        "There is a way to get help",
        "should",
        [],
        ["@listing"],
        "A support address or page is given, and somebody answers there.",
    ),
)
ANSWERS = (
    (
        "Secret in the code",
        "secret token password key rotate",
        "There is a secret in the repository. Please revoke it where it was issued, remove it from the code, read it from secured configuration, and set a new tag. Removing it alone is not enough: it stays in the history.",
    ),
    (
        "Scopes too wide",
        "scope manage_project least privilege api client",
        "The API client asks for more scopes than the code uses. Please keep only those that are needed; connect.yaml lists them under inheritAs.apiClient.scopes.",
    ),
    (
        "Endpoint without authentication",
        "caller signature verify webhook",
        "This endpoint accepts any caller. Please verify the signature or the token of the request before anything is done with it, and add a test that a wrong one is refused.",
    ),
    (
        "Installation guide missing",
        "readme documentation install",
        "Please describe in the README what has to be there before the installation, which values each configuration key takes and where to find them, and how to see that the installation worked.",
    ),
    (
        "Tests missing",
        "unit integration coverage",
        "Please add tests for the behavior of this application, at least for the path that changes orders, payments or customers and for one failure of the other system.",
    ),
    (
        "Configuration key without explanation",
        "description connect.yaml",
        "Somebody who installs the connector cannot know what to enter here. Please say in the description what the value is for, what it looks like, and where it is found.",
    ),
    (
        "Event handler not idempotent",
        "twice retry duplicate",
        "The same event may be delivered more than once. Please make sure that handling it again changes nothing, for example by checking the state or the id of what was done before.",
    ),
    (
        "Personal data in logs",
        "gdpr privacy log",
        "This writes personal data to the log. Please log ids instead, and remove names, addresses, e-mail addresses and payment data.",
    ),
    (
        "Thank you, certified",
        "welcome approve",
        "Thank you for the careful work. The connector is certified and can be found in the catalogue now.",
    ),
)
LIMITS = {"first": 5, "update": 3, "appeal": 3, "answer": 10, "changes": 10, "reminder": 2}


def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add the rows of each table that is empty: going back leaves them, with what the admin made of them."""
    criterion, answer, limit = (
        apps.get_model("certification", name) for name in ("Criterion", "PreparedAnswer", "TimeLimit")
    )
    if not criterion.objects.exists():
        for position, (key, group, title, level, checks, inputs, text) in enumerate(CRITERIA, start=1):
            criterion.objects.create(
                key=key,
                position=position * 10,
                group=group,
                title=title,
                level=level,
                checks=checks,
                inputs=inputs,
                text=text,
            )
    if not answer.objects.exists():
        for title, words, text in ANSWERS:
            answer.objects.create(title=title, words=words, text=text)
    if not limit.objects.exists():
        for limits, days in LIMITS.items():
            limit.objects.create(limits=limits, business_days=days)


class Migration(migrations.Migration):
    dependencies = [("certification", "0002_conversation")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
