"""Where the tests find a Chromium, and what they say when there is none."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = (
    "没有 Chromium，浏览器测试未运行 / no Chromium, the browser tests did not run: "
    "apt-get install chromium fonts-noto-cjk"
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)


def browser_path() -> str | None:
    """Give the path of a Chromium; None where there is none or BROWSER=no."""
    if os.environ.get("BROWSER") == "no":
        return None
    named = os.environ.get("FEELEDGER_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def browser_is_missed(config: pytest.Config) -> bool:
    """Say whether browser tests were asked for and none could run."""
    asked = "not browser" not in (config.getoption("markexpr") or "")
    return asked and browser_path() is None and os.environ.get("BROWSER") != "no"
