"""The application for gunicorn: ``gunicorn wsgi:app``."""

import os

from feeledger.app import create_app
from feeledger.settings import Settings

app = create_app(Settings.from_environ(os.environ))
