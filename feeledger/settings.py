"""Settings from the environment, read once at the door; every fault is reported at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from feeledger.errors import Invalid, Text

Mode = Literal["production", "demo", "test"]

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_CATALOG = ROOT / "catalogs" / "hebei" / "compiled-2026-11-24"
DEFAULT_DATABASE = f"sqlite:///{ROOT / '.var' / 'feeledger.db'}"
DEMO_SEAL_KEY = ROOT / ".var" / "demo-seal-key.pem"
DEMO_SIGNING_KEYS = ROOT / ".var" / "demo-signing-keys"
DEMO_SECRET = "demonstration-only-not-a-secret"  # noqa: S105 (refused in production)
DEMO_TODAY = date(2026, 11, 24)
SECRET_LENGTH_MIN = 32
HOST_ENTRY = re.compile(
    r"(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?"
)


class SettingsRefused(Invalid):
    """The environment names settings that cannot be used."""

    code = "settings-refused"
    title = Text("运行设置有误", "The settings cannot be used")


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages say about who runs them; an empty slot is not shown, never invented."""

    owner: str = ""
    code: str = ""
    icp: str = ""
    police: str = ""
    contact: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Site":
        """Read ``FEELEDGER_SITE_*``: 主办单位, 网站标识码, ICP备案, 公安备案, 联系方式."""
        names = ("owner", "code", "icp", "police", "contact")
        return cls(*(environ.get(f"FEELEDGER_SITE_{name.upper()}", "").strip() for name in names))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides. ``demo_today`` is the fixed Beijing date of the demonstration."""

    mode: Mode
    database_url: str
    owner_url: str
    secret_key: str
    catalog: Path
    demo_today: date | None
    proxies: int = 0
    seal_key: Path | None = None
    site: Site = Site()
    webhook_hosts: tuple[str, ...] = ()
    signing_keys: Path | None = None
    data: Path = ROOT / ".var"
    banks_only: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read ``FEELEDGER_*``.

        Raises SettingsRefused naming every variable that is wrong, its value and the remedy.
        """
        faults: list[Text] = []
        mode = _mode_of(environ.get("FEELEDGER_MODE", "production"), faults)
        secret = _secret_of(environ.get("FEELEDGER_SECRET_KEY", ""), mode, faults)
        today = _day_of(environ.get("FEELEDGER_DEMO_TODAY", ""), mode, faults)
        proxies = _count_of(environ.get("FEELEDGER_PROXIES", "0"), faults)
        hosts = _hosts_of(environ.get("FEELEDGER_WEBHOOK_HOSTS", ""), faults)
        doors = _doors_of(environ.get("FEELEDGER_DOORS", "all"), faults)
        database = environ.get("FEELEDGER_DATABASE_URL", DEFAULT_DATABASE)
        if faults:
            raise SettingsRefused(
                Text("；".join(f.zh for f in faults), "; ".join(f.en for f in faults))
            )
        return cls(
            mode=mode,
            database_url=database,
            owner_url=environ.get("FEELEDGER_OWNER_URL", database),
            secret_key=secret,
            catalog=Path(environ.get("FEELEDGER_CATALOG", str(DEFAULT_CATALOG))),
            demo_today=today,
            proxies=proxies,
            seal_key=_seal_key_of(environ.get("FEELEDGER_SEAL_KEY", ""), mode),
            site=Site.from_environ(environ),
            webhook_hosts=hosts,
            signing_keys=_folder_of(environ.get("FEELEDGER_SIGNING_KEYS", ""), mode),
            data=Path(environ.get("FEELEDGER_DATA", str(ROOT / ".var"))),
            banks_only=doors == "banks",
        )


def _mode_of(value: str, faults: list[Text]) -> Mode:
    if value in ("production", "demo", "test"):
        return value  # type: ignore[return-value]  # narrowed by the line above
    faults.append(
        Text(
            f"FEELEDGER_MODE={value!r}：须为 production、demo 或 test",
            f"FEELEDGER_MODE={value!r}: use production, demo or test",
        )
    )
    return "production"


def _secret_of(value: str, mode: Mode, faults: list[Text]) -> str:
    if mode != "production":
        return value or DEMO_SECRET
    if value == DEMO_SECRET or len(value) < SECRET_LENGTH_MIN:
        faults.append(
            Text(
                f"FEELEDGER_SECRET_KEY：正式运行须自设至少 {SECRET_LENGTH_MIN} 个字符的密钥",
                f"FEELEDGER_SECRET_KEY: production needs a secret of its own, at least "
                f"{SECRET_LENGTH_MIN} characters long",
            )
        )
    return value


def _folder_of(value: str, mode: Mode) -> Path | None:
    """Name the folder of the keys that units and the bureau sign documents with."""
    if value:
        return Path(value)
    return DEMO_SIGNING_KEYS if mode == "demo" else None


def _seal_key_of(value: str, mode: Mode) -> Path | None:
    """Name the file of the key that signs closed days; only the demonstration makes one itself."""
    if value:
        return Path(value)
    return DEMO_SEAL_KEY if mode == "demo" else None


def _day_of(value: str, mode: Mode, faults: list[Text]) -> date | None:
    if mode != "demo":
        return None
    if not value:
        return DEMO_TODAY
    try:
        return date.fromisoformat(value)
    except ValueError:
        faults.append(
            Text(
                f"FEELEDGER_DEMO_TODAY={value!r}：须为日期，如 2026-11-24",
                f"FEELEDGER_DEMO_TODAY={value!r}: write a date such as 2026-11-24",
            )
        )
        return None


def _count_of(value: str, faults: list[Text]) -> int:
    if value.isascii() and value.isdigit():
        return int(value)
    faults.append(
        Text(
            f"FEELEDGER_PROXIES={value!r}：须为前置代理的层数，如 1",
            f"FEELEDGER_PROXIES={value!r}: write the number of proxies in front, such as 1",
        )
    )
    return 0


def _doors_of(value: str, faults: list[Text]) -> str:
    if value not in ("all", "banks"):
        faults.append(
            Text(
                f"FEELEDGER_DOORS={value!r}：须为 all（网页与全部接口）或 banks（只有银行接口）",
                f"FEELEDGER_DOORS={value!r}: use all (pages and the whole API) or banks (their API "
                f"alone)",
            )
        )
    return value


def _hosts_of(value: str, faults: list[Text]) -> tuple[str, ...]:
    """Read the hosts that notifications may go to: names, ``*.`` and a domain, addresses, networks."""
    entries = tuple(entry.strip() for entry in value.split(",") if entry.strip())
    faults += [
        Text(
            f"FEELEDGER_WEBHOOK_HOSTS 中的 {entry!r}：须为主机名、*.域名、IP 地址或网段，以逗号分隔",
            f"{entry!r} in FEELEDGER_WEBHOOK_HOSTS: write host names, *.domain, addresses or "
            f"networks, separated by commas",
        )
        for entry in entries
        if not (HOST_ENTRY.fullmatch(entry) or _is_network(entry))
    ]
    return entries


def _is_network(entry: str) -> bool:
    try:
        ip_network(entry)
    except ValueError:
        return False
    return True
