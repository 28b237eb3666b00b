"""Settings of Foedera, read from the environment; nothing here names a country or a machine.

DATABASE_URL        a PostgreSQL URL or conninfo; the command line sets it to the embedded cluster when it is absent
FOEDERA_SECRET_KEY  signing key; without it the program runs only with FOEDERA_DEBUG=1
FOEDERA_DATA        folder of the installation (database of the embedded cluster, files, logs)
FOEDERA_PROFILE     code of the country profile of this installation (RU, BR, ...)
FOEDERA_HOSTS       comma-separated host names under which pages are served
FOEDERA_ELEVATION_MINUTES, FOEDERA_ELEVATION_LONGEST
                    minutes for which an administrator's session is switched on (30), and at most (120)
FOEDERA_READING_LONGEST
                    hours for which a restricted record of another body is opened for reading at most (72)
FOEDERA_SECOND_FACTOR
                    roles that are of use only with a second factor, parted by commas (administrator,coordinator)
FOEDERA_OIDC_...    the ministry's identity provider, see config/identity.py
FOEDERA_EXPORTS_KEPT_DAYS  how long the files of exports are kept (14)
FOEDERA_URL         address under which people find the pages, for links in mails and calendars (else the first host)
FOEDERA_MAIL_FROM   sender of mails; with FOEDERA_SMTP_HOST mails are sent, without either none are
FOEDERA_SMTP_HOST, FOEDERA_SMTP_PORT, FOEDERA_SMTP_USER, FOEDERA_SMTP_PASSWORD
                    the mail server (port 587 with starttls, 465 with tls, else 25)
FOEDERA_SMTP_SECURITY
                    starttls (default), tls or none
FOEDERA_WEBHOOK_NETWORKS  networks inside which webhooks may call, such as 10.20.0.0/16,127.0.0.1; without it public addresses alone
FOEDERA_HTTPS       1 behind a TLS reverse proxy: secure cookies, HSTS, forwarded scheme trusted
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from foedera.config.identity import provider_of
from foedera.config.networks import networks_of

PROJECT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("FOEDERA_DATA", PROJECT / "var" / "data"))
DEBUG = os.environ.get("FOEDERA_DEBUG") == "1"
TESTING = os.environ.get("FOEDERA_TESTING") == "1"
HTTPS = os.environ.get("FOEDERA_HTTPS") == "1"

SECRET_KEY = os.environ.get("FOEDERA_SECRET_KEY", "")
if not SECRET_KEY:
    if not (DEBUG or TESTING):
        raise ImproperlyConfigured("FOEDERA_SECRET_KEY is not set (./foedera sets it from the data folder)")
    SECRET_KEY = "for development and tests only"  # noqa: S105 - refused above outside development

ALLOWED_HOSTS = [h for h in os.environ.get("FOEDERA_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = [f"https://{h}" for h in ALLOWED_HOSTS] if HTTPS else []
if TESTING:
    ALLOWED_HOSTS.append("testserver")

# The country profile of an installation is recorded in its database (directory); this is only the choice at the first load.
FOEDERA_PROFILE = os.environ.get("FOEDERA_PROFILE", "RU").upper()
FOEDERA_BODY_MODEL = "directory.Body"
FOEDERA_UPLOAD_LIMIT = 64 * 1024 * 1024
FOEDERA_UNPACKED_LIMIT = 512 * 1024 * 1024
FOEDERA_EXPORTS_KEPT_DAYS = int(os.environ.get("FOEDERA_EXPORTS_KEPT_DAYS", "14"))

INSTALLED_APPS = [
    "foedera.platform.records",
    "foedera.platform.history",
    "foedera.platform.access",
    "foedera.platform.actions",
    "foedera.platform.lists",
    "foedera.platform.documents",
    "foedera.platform.search",
    "foedera.platform.api",
    "foedera.platform.jobs",
    "foedera.platform.proposals",
    "foedera.platform.tags",
    "foedera.platform.readers",
    "foedera.platform.merging",
    "foedera.platform.rights",
    "foedera.platform.notes",
    "foedera.platform.notices",
    "foedera.platform.webhooks",
    "foedera.platform.following",
    "foedera.platform.reminders",
    "foedera.platform.pages",
    "foedera.accounts",
    "foedera.directory",
    "foedera.agreements",
    "foedera.desk",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "foedera.platform.api.observing.RequestMiddleware",
    "foedera.platform.access.middleware.FenceMiddleware",
    "foedera.platform.pages.security.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "foedera.platform.access.middleware.ActorMiddleware",
    "foedera.accounts.middleware.ElevationMiddleware",
    "foedera.accounts.middleware.PresenceMiddleware",
    "foedera.platform.pages.middleware.FrameMiddleware",
    "foedera.platform.access.middleware.InstantMiddleware",
]

ROOT_URLCONF = "foedera.config.urls"
WSGI_APPLICATION = "foedera.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "foedera.platform.pages.frame.frame",
                "foedera.accounts.views.own.mail",
            ],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """Django's description of the database at a PostgreSQL URL or conninfo string.

    Raises ImproperlyConfigured when the string is not understood by libpq.
    """
    try:
        parts = conninfo_to_dict(url)
    except Exception as error:
        raise ImproperlyConfigured(f"DATABASE_URL is not a PostgreSQL address: {error}") from error
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    described: dict[str, Any] = {
        "ENGINE": "foedera.platform.access.database",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        # Statements through `access.database.preparing` alone; all others carry their values written into them.
        "OPTIONS": {"prepare_threshold": 3},
    }
    for key, value in parts.items():
        if key in known:
            described[known[key]] = str(value)
        else:
            described["OPTIONS"][key] = value
    described["OPTIONS"].setdefault("connect_timeout", 5)
    described.setdefault("NAME", "foedera")
    return described


DATABASES = {"default": database(os.environ.get("DATABASE_URL", "postgresql:///foedera"))}
# The third fence: "" for the owner of the tables (commands), "connection" where the process connects as a fenced role, "switch" where
# it connects as the owner and takes the fenced role in every transaction that somebody asks (tests).
FOEDERA_FENCE = os.environ.get("FOEDERA_FENCE", "switch" if TESTING else "")
# Below this address people sign in: there alone accounts can be found before it is known who asks.
FOEDERA_SIGN_IN = "/accounts/"
FOEDERA_WEB_ROLE = os.environ.get("FOEDERA_WEB_ROLE", "foedera_web")
FOEDERA_WORKER_ROLE = os.environ.get("FOEDERA_WORKER_ROLE", "foedera_worker")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

# Minutes for which an administrator's session is switched on, and at most; hours for which a restricted record is opened at most.
FOEDERA_ELEVATION_MINUTES = int(os.environ.get("FOEDERA_ELEVATION_MINUTES", "30"))
FOEDERA_ELEVATION_LONGEST = int(os.environ.get("FOEDERA_ELEVATION_LONGEST", "120"))
FOEDERA_READING_LONGEST = int(os.environ.get("FOEDERA_READING_LONGEST", "72"))

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["foedera.accounts.backend.FencedBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("login", "name", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "foedera.accounts.passwords.StrengthValidator"},
]
# The proxy of deploy/nginx.conf tells where a request comes from; without one nobody is believed.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if HTTPS else 0
ACCOUNT_ADAPTER = "foedera.accounts.adapter.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Each login has a lock of its own (accounts/rules.py); this is against one address that tries many, and wants room for a whole office.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,20/5m/key", "login": "120/m/ip"}
MFA_ADAPTER = "foedera.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Foedera"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Browsers let passkeys be used over plain http on localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# Roles, parted by commas, that are of use only with a second factor.
FOEDERA_SECOND_FACTOR = frozenset(
    r.strip() for r in os.environ.get("FOEDERA_SECOND_FACTOR", "").split(",") if r.strip()
)
FOEDERA_IDENTITY_PROVIDER = provider_of()
SOCIALACCOUNT_ADAPTER = "foedera.accounts.adapter.MinistryAdapter"
SOCIALACCOUNT_PROVIDERS = FOEDERA_IDENTITY_PROVIDER.described() if FOEDERA_IDENTITY_PROVIDER is not None else {}
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_QUERY_EMAIL = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
# A login is unique without regard to case, by a constraint of its own (accounts_person_login).
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
CACHES = {
    "default": {
        # Rates are counted for all processes together. Nothing else is kept here.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_rates",
    },
}

FOEDERA_URL = os.environ.get("FOEDERA_URL") or f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0]}"
FOEDERA_MAIL_FROM = os.environ.get("FOEDERA_MAIL_FROM", "")
SMTP_SECURITY = os.environ.get("FOEDERA_SMTP_SECURITY", "starttls")
if SMTP_SECURITY not in ("starttls", "tls", "none"):
    raise ImproperlyConfigured("FOEDERA_SMTP_SECURITY is starttls, tls or none")
FOEDERA_WEBHOOK_NETWORKS = networks_of(os.environ.get("FOEDERA_WEBHOOK_NETWORKS", ""))
EMAIL_HOST = os.environ.get("FOEDERA_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("FOEDERA_SMTP_PORT") or {"starttls": 587, "tls": 465, "none": 25}[SMTP_SECURITY])
EMAIL_HOST_USER = os.environ.get("FOEDERA_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("FOEDERA_SMTP_PASSWORD", "")
EMAIL_USE_TLS = SMTP_SECURITY == "starttls"
EMAIL_USE_SSL = SMTP_SECURITY == "tls"
DEFAULT_FROM_EMAIL = FOEDERA_MAIL_FROM or "foedera@localhost"

SESSION_ENGINE = "foedera.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "foedera.platform.pages.failures.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("FOEDERA_TIME_ZONE", "UTC")

STATIC_URL = "/static/"
# Nothing is collected: whitenoise finds the files of the apps and of var/assets at the start.
STATIC_ROOT = None
STATICFILES_DIRS = [p for p in (PROJECT / "var" / "assets",) if p.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = DATA / "files"

NINJA_PAGINATION_MAX_LIMIT = 500

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"structured": {"()": "foedera.platform.api.observing.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": os.environ.get("FOEDERA_LOG_LEVEL", "WARNING")},
    "loggers": {
        "foedera": {"level": os.environ.get("FOEDERA_LOG_LEVEL", "INFO")},
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "WARNING"},
    },
}
# What is told with structlog goes the same way: filtered by level, one JSON object a line, with the request's id.
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)
