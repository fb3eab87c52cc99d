"""Django's plumbing. What a company may set is in the environment and in halves.toml.

HALVES_HOME          the folder that everything is kept in; `halves-data` if unsaid
HALVES_DATABASE_URL  postgresql://user:password@host/name; SQLite in the home if unsaid
HALVES_SECRET_KEY    signs sessions and links; else made once and kept in the home
HALVES_HOSTS         names that the server answers to, by commas; this machine only if unsaid
HALVES_HTTPS         1 where TLS ends before it: cookies are then sent over HTTPS only
HALVES_URL           where people reach the house: https://example.org; links in mails lead there
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from halves.place import Place, arriving, database, secret_key

PLACE = Place.from_environment(os.environ)
HALVES_HOME = PLACE.home
HALVES_SETTINGS_FILE = PLACE.settings_file

SECRET_KEY = os.environ.get("HALVES_SECRET_KEY") or secret_key(PLACE.home)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("HALVES_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
HALVES_URL = os.environ.get("HALVES_URL", "").rstrip("/")
IS_HTTPS = os.environ.get("HALVES_HTTPS") == "1"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if IS_HTTPS else []

INSTALLED_APPS = [
    "halves",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "ninja",
]
MIDDLEWARE = [
    "halves.api.middleware.Problems",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "halves.web.middleware.UsersZone",
]
ROOT_URLCONF = "halves.urls"
WSGI_APPLICATION = "halves.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "web/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "halves.web.context.house",
            ],
            "builtins": ["halves.web.templatetags.halves", "django.templatetags.i18n"],
            "libraries": {
                "answers": "halves.web.templatetags.answers",
                "public": "halves.web.templatetags.public",
            },
        },
    }
]

DATABASES = database(os.environ.get("HALVES_DATABASE_URL", ""), PLACE.home)
DATABASE_ROUTERS = ["halves.tracking.routing.EventsApart"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        # Shared by all processes, so that sign-in attempts are counted together.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "halves_cache",
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

AUTH_USER_MODEL = "halves.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "halves.web.signing_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # other sessions end; this one goes on
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "halves.web.views.errors.stale_form"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the code that an authenticator scans
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# Whoever reads these agreed to nothing: no story is sent there. HALVES_ROLE_ADDRESSES, by commas.
ROLE_ADDRESSES = frozenset(
    os.environ.get(
        "HALVES_ROLE_ADDRESSES",
        "abuse,admin,administrator,billing,contact,help,hostmaster,hr,info,jobs,legal,mail,marketing,"
        "no-reply,noreply,office,postmaster,press,privacy,root,sales,security,service,spam,support,"
        "webmaster",
    ).split(",")
)

# Without a word for so long, a worker that sends is gone, and others take its messages up.
SENDING_LEASE_S = float(os.environ.get("HALVES_SENDING_LEASE_S", "60"))

# How sentences are compared: by `tfidf`, by `minilm` (halves[listen]), or the best that is there.
LISTEN_EMBEDDING = os.environ.get("HALVES_LISTEN_BY", "best")

API_REQUESTS_A_MINUTE = 600  # for each token
EVENTS_A_MINUTE = 1_000_000  # from each source
EVENTS_A_MINUTE_FROM_ONE_ADDRESS = 6_000  # with a key that is public
EVENTS_ARE_KEPT_DAYS = 30  # for the live view; what the ledger took stays there

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "static/"
STATICFILES_DIRS = [Path(__file__).parent / "web/static", Path(__file__).parent / "report/static"]
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
FILE_UPLOAD_TEMP_DIR = arriving(PLACE.home)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
