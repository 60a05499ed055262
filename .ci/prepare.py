"""Before the tests: find a Chromium, install it as root on Debian, or say the one line to run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")


def browser() -> str | None:
    """Give the path of a Chromium, or None."""
    named = os.environ.get("FEELEDGER_CHROMIUM")
    if named:
        return named
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Install Chromium and Chinese fonts with Debian's packages."""
    apt = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "check": False}
    subprocess.run(["apt-get", "update", "-qq"], **apt)
    subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], stdout=subprocess.DEVNULL, **apt)


def main() -> None:
    """Prepare; the tests themselves decide what is missing (tests/conftest.py)."""
    if os.environ.get("BROWSER") == "no" or browser():
        return
    if os.geteuid() == 0 and Path("/etc/debian_version").exists():
        install()
    if not browser():
        print(
            f"缺少 Chromium / Chromium is missing: apt-get install {' '.join(PACKAGES)}",
            file=sys.stderr,
        )


main()
