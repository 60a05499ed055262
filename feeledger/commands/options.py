"""Options that many commands share, and the language a command speaks."""

import os
from pathlib import Path
from typing import Final

import click

from feeledger.settings import DEFAULT_CATALOG

lang_option: Final = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="语言，默认随 LANG · language, by LANG if not given",
)
catalog_option: Final = click.option(
    "--catalog",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=DEFAULT_CATALOG,
    show_default="catalogs/hebei/…",
    envvar="FEELEDGER_CATALOG",
    help="目录所在文件夹 · the folder of the catalog",
)

by_operator: Final = click.option(
    "--by", default="operator", show_default=True, help="办理人 · who does it"
)
by_named: Final = click.option("--by", required=True, help="办理人 · who does it")
reason_option: Final = click.option("--reason", required=True, help="理由 · why")
json_option: Final = click.option(
    "--json", "as_json", is_flag=True, help="一行 JSON · one JSON object"
)


def spoken_language() -> str:
    """Choose English where the environment speaks it, else Chinese."""
    chosen = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)),
        "",
    )
    return "en" if chosen.startswith("en") else "zh"
