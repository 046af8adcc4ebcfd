"""The settings of every installation; what differs comes from the environment (docs/operations.md lists it).

The defaults are for production: DEBUG is off, cookies and redirects are for HTTPS, and a secret key is required. `make
run` starts the demo, which serves plain HTTP only on this machine.
"""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from accounts.limits import table
from config import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
EXAMPLE_SECRET_KEY = "change-me-to-50-random-characters"  # noqa: S105

DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")
SECRET_KEY = env.text("SECRET_KEY", "only-for-development-on-this-machine" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY to at least 50 random characters (or DEBUG=on for development).")
if SECRET_KEY == EXAMPLE_SECRET_KEY and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY is still the example's; set your own.")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or LOCAL_HOSTS
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

# --- Folders

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)
DATABASES = {
    "default": env.database(
        env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"),
        base=BASE_DIR,
        pool=env.whole("DATABASE_POOL", 0),
        prepare=env.flag("DATABASE_PREPARE", default=True),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.idp.oidc",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks",
    "django_tasks_db",
    "csp",
    # Our apps come last: their admin pages replace some of the libraries'.
    "accounts",
    "connectors",
    "certification",
    "web",
    "devtools",
]

MIDDLEWARE = [
    "accounts.requests.middleware.correlation_id",
    "accounts.logs.access.log",
    "accounts.limits.ledger.tell",
    "accounts.requests.caching.keep_private",
    "config.health.answer",
    "accounts.requests.middleware.Https",
    "accounts.requests.middleware.straight_to_api",
    # The rest is only for pages.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.requests.nul.Refusal",
    "accounts.requests.read_late.Refusal",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.requests.middleware.say_signed_out",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.lifetimes.enforce",
    "accounts.access.second_factor.demand",
    "accounts.sessions.proofs.Proofs",
    "config.errors.ExceededPage",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

# --- Pages

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["web.templatetags.icons", "web.templatetags.moments"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context.portal",
                "web.account.inbox_context.unread",
                "web.account.inbox_context.escalated",
            ],
        },
    }
]
FORM_RENDERER = "web.form_renderer.Renderer"
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Authentication

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "accounts.access.breached_passwords.BreachedPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    # Only for the generated secrets of API clients: 256 random bits need no slow hash.
    "accounts.access.oauth.ApiSecretHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
RATE_LIMITS = env.flag("RATE_LIMITS", default=True)
# Other numbers than those of the table, by name.
LIMITS = env.numbers("LIMITS", {limit.name for limit in table.LIMITS if limit.seconds})

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "accounts.access.allauth_adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = None
# How long somebody who proved who they are may change what opens their account or Project (accounts.sessions.proofs).
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Wrong passwords are counted by account first: one that is under attack uses up little of what a shared address may get
# wrong, so that others behind the address still sign in.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,20/m/ip"} if RATE_LIMITS else False
ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXIES", 0)
ACCOUNT_FORMS = {
    "signup": "accounts.access.response_timing.SignupForm",
    "reset_password": "accounts.access.response_timing.ResetPasswordForm",
}
USERSESSIONS_ADAPTER = "accounts.access.allauth_adapter.UserSessionsAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.access.github.SocialAccountAdapter"
MFA_ADAPTER = "accounts.access.allauth_adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or DEMO
MFA_TOTP_ISSUER = "Connector Certification"
GITHUB_LOGIN = {
    # GitHub marks verified addresses; others are confirmed by mail.
    "SCOPE": ["user:email"],
    # An intercepted code is useless without the verifier, which stays in the session (RFC 7636).
    "OAUTH_PKCE_ENABLED": True,
}
SOCIALACCOUNT_PROVIDERS = (
    {
        "github": {
            **GITHUB_LOGIN,
            "APPS": [
                {"client_id": env.text("GITHUB_LOGIN_CLIENT_ID"), "secret": env.text("GITHUB_LOGIN_CLIENT_SECRET")}
            ],
        }
    }
    if env.text("GITHUB_LOGIN_CLIENT_ID")
    else {}
)

IDP_OIDC_ADAPTER = "accounts.access.oauth.Adapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600
IDP_OIDC_INTROSPECTION_ENABLED = True
# Counted by accounts.access.oauth: the library counts an address before it knows the client, which would keep good
# clients behind it waiting.
IDP_OIDC_RATE_LIMITS = {"introspect_ip": "", "introspect_client": ""} if RATE_LIMITS else False

# --- The HTTP border. Plain HTTP is for development, the demo, and closed test networks (HTTPS=off).

HTTPS = env.flag("HTTPS", default=not (DEBUG or DEMO))
# Reviewers and admins need two-factor authentication in production.
REQUIRE_MFA = env.flag("REQUIRE_MFA", default=HTTPS)
# So do people who submit connectors or create API clients on the pages; programs with a token do not.
REQUIRE_MFA_TO_SUBMIT = env.flag("REQUIRE_MFA_TO_SUBMIT", default=HTTPS)
SECURE_SSL_REDIRECT = HTTPS
# Session cookies last as long as the session may; the server ends it (accounts.sessions.lifetimes).
SESSION_COOKIE_AGE = int(env.number("SESSION_SECONDS", 1209600, smallest=60))
SESSION_IDLE_SECONDS = int(env.number("SESSION_IDLE_SECONDS", 28800, smallest=60))
STAFF_SESSION_SECONDS = int(env.number("STAFF_SESSION_SECONDS", 43200, smallest=60))
STAFF_SESSION_IDLE_SECONDS = int(env.number("STAFF_SESSION_IDLE_SECONDS", 3600, smallest=60))
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
MESSAGE_STORAGE = "accounts.requests.cookies.MessageStorage"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.flag("BEHIND_TLS_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
# The largest body of a request, and of a delivery of SARIF; config.server refuses a larger one before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DELIVERY_MAX_MEMORY_SIZE = 10_000_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, "https://github.com"] if SOCIALACCOUNT_PROVIDERS else [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# W001 expects Django's SecurityMiddleware by name; accounts.requests.middleware.Https is a subclass. The checks that
# are skipped with it are tests in tests/config/test_environment.py. W040 says that SQLite ignores the further columns
# of an index, which is meant: they are for PostgreSQL.
SILENCED_SYSTEM_CHECKS = ["security.W001", "models.W040"]

# --- The API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.access.bearer.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.access.bearer.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["connectors.api.parsers.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "connectors.api.negotiation.JsonOnly",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "connectors.api.envelope.exception_handler",
    "UNAUTHENTICATED_USER": None,
    # `?format=` is not a parameter of the API.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Connector Certification Portal",
    "DESCRIPTION": "Submit ConnectorStaged drafts, publish and certify them, and read production Connectors.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "PREPROCESSING_HOOKS": ["connectors.api.schema.only_the_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "connectors.api.schema.discriminate_actions",
        "connectors.api.schema.add_token_service",
        "connectors.api.schema.add_limit_fields",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ConnectorStatus": "connectors.choices.ConnectorStatus.values",
        "IsPreviewable": "connectors.choices.IsPreviewable.values",
        "IntegrationType": "connectors.choices.IntegrationType.values",
        "ReportEntryType": "connectors.choices.ReportEntryType.values",
        "ErrorCode": "connectors.api.schema.CODES",
    },
}

# --- Connectors: where repositories are fetched from and how they are checked

GIT_HOSTS = env.words("GIT_HOSTS", "github.com")
GIT_URL_REWRITES = env.mapping("GIT_URL_REWRITES")
CHECKOUT_DIR = Path(env.text("CHECKOUT_DIR", str(VAR_DIR / "checkouts")))
VALIDATION_LEASE_SECONDS = env.number("VALIDATION_LEASE_SECONDS", 60, smallest=1)
VALIDATION_SECONDS = env.number("VALIDATION_SECONDS", 600)
VALIDATION_ATTEMPTS = 3
VALIDATION_QUOTA = env.whole("VALIDATION_QUOTA", 20)
OSV_API_URL = env.text("OSV_API_URL", "")
OSV_FOLDER = env.text("OSV_FOLDER", "")
SCANNERS = env.rows("SCANNERS")
ISOLATION = env.choice("ISOLATION", "auto", ["auto", "bubblewrap", "sandlock", "none"])
# Signing keys of certificates, the newest first; by default they are derived from SECRET_KEY
# (certification.certificates.signatures).
CERTIFICATE_KEYS = env.secrets("CERTIFICATE_KEYS")
CERTIFICATION_USER_ID = env.text("CERTIFICATION_USER_ID", "connect-certification")
REGIONS = ["europe-west1.gcp", "us-central1.gcp", "australia-southeast1.gcp", "us-east-2.aws", "eu-central-1.aws"]

# --- What people see of their account's security (accounts.sessions.history)

SECURITY_EVENTS_DAYS = int(env.number("SECURITY_EVENTS_DAYS", 365, smallest=1))

# --- Background work

TASKS = {
    "default": {
        "BACKEND": env.text("TASKS_BACKEND", "django_tasks_db.DatabaseBackend"),
        "QUEUES": ["default", "lookups", "fetches", "validation"],
    }
}

# --- Webhooks: receivers in private networks are refused unless this says otherwise (closed networks, tests).

WEBHOOK_ALLOW_PRIVATE = env.flag("WEBHOOK_ALLOW_PRIVATE")

# --- Reviews: how many days somebody who left a Project must not see its reviews

REVIEW_BAR_DAYS = int(env.number("REVIEW_BAR_DAYS", 90, largest=3650))

# --- Notifications: the hour of the day after which digests are sent, and the token for commit statuses on GitHub.

DIGEST_HOUR = env.whole("DIGEST_HOUR", 7, largest=23)
GITHUB_STATUS_TOKEN = env.text("GITHUB_STATUS_TOKEN")
GITHUB_API_URL = env.text("GITHUB_API_URL", "https://api.github.com").rstrip("/")

# --- Health: the token with which a monitor reads /metrics

METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- Vulnerabilities: whom to tell, and under which rules (/.well-known/security.txt)

SECURITY_CONTACT = env.words("SECURITY_CONTACT")
SECURITY_POLICY_URL = env.text("SECURITY_POLICY_URL")

# --- Mail, cache, logs

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if env.text("EMAIL_HOST") else "accounts.mail.log_backend.LogBackend"
)
# Mails hold links that open accounts: without a mail server nothing starts, unless they may be read in the log.
MAIL_TO_LOG = env.flag("MAIL_TO_LOG", default=DEBUG or DEMO)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.whole("EMAIL_PORT", 587, smallest=1, largest=65_535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Connector Certification <certification@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Rate limits are counted in the cache. Several processes must count together, so the cache is in the database. A full
# cache drops counters: with Django's default of 300 entries, two callers in a minute could reset everybody's limits.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.text("REDIS_URL"),
        # A Redis that hangs costs a request these seconds, and not its thread.
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
    if env.text("REDIS_URL")
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

LOG_ADDRESS = env.choice("LOG_ADDRESS", "full", ["full", "network", "none"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "correlation": {"()": "accounts.requests.correlation.Filter"},
        "brief": {"()": "accounts.logs.lines.WithoutTrace"},
        "without path": {"()": "accounts.logs.lines.WithoutPath"},
    },
    "formatters": {
        "line": {
            "class": "accounts.logs.lines.LineFormatter",
            "format": "{asctime} {levelname:<7} {name} [{correlation_id}] {message}",
            "datefmt": "%H:%M:%S",
            "style": "{",
        },
        "json": {"()": "accounts.logs.lines.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("LOG_FORMAT", "line", ["line", "json"]),
            "filters": ["correlation", "without path"],
        }
    },
    "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Every request has its line in the access log; a refused one needs no second line.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        # Anybody can send wrong host names repeatedly: one line is enough.
        "django.security.DisallowedHost": {"filters": ["brief"]},
        # The development server would log raw paths, which may hold tokens.
        "django.server": {"handlers": [], "propagate": False},
        "httpx": {"level": "WARNING"},
    },
}
