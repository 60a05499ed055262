"""Before the Spark tests: find a Java of 17 or newer, install it as root on Debian, or say how."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

LEAST = 17
PACKAGE = "default-jre-headless"


def java() -> str | None:
    """Give the path of a Java that is new enough, or None."""
    home = os.environ.get("JAVA_HOME")
    named = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if named is None or not Path(named).exists():
        return None
    told = subprocess.run([named, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    return named if found and int(found[1]) >= LEAST else None


def install() -> None:
    """Install Java with Debian's packages."""
    apt = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "check": False}
    subprocess.run(["apt-get", "update", "-qq"], **apt)
    subprocess.run(["apt-get", "install", "-y", "-qq", PACKAGE], stdout=subprocess.DEVNULL, **apt)


def main() -> None:
    """Prepare, or end with the one line to run."""
    if java() is None and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        install()
    if java() is None:
        sys.exit(f"缺少 Java {LEAST} / Java {LEAST} is missing: apt-get install {PACKAGE}")


main()
