"""The application for gunicorn: ``gunicorn wsgi:app``."""

import gc
import os

from feeledger.app import create_app
from feeledger.settings import Settings

app = create_app(Settings.from_environ(os.environ))

# What was read in at the start stays for good: collections need not walk it, nor a fork copy it.
gc.collect()
gc.freeze()
