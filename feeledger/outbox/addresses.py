"""Where notifications may go: an address must be on the operator's list, and so must what it resolves to.

The list (``FEELEDGER_WEBHOOK_HOSTS``) names hosts, ``*.`` and a domain, single addresses or networks.
A name that resolves to a private, loopback or otherwise special address is refused unless a network
on the list holds that address: a name cannot lead a request into the bureau's own net.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal
from urllib.parse import urlsplit

from feeledger.errors import Invalid, Text

URL_MOST: Final = 500
HTTPS_PORT: Final = 443
HTTP_PORT: Final = 80
SETTING: Final = "FEELEDGER_WEBHOOK_HOSTS"

Scheme = Literal["https", "http", "tcp"]
IpAddress = IPv4Address | IPv6Address


class AddressRefused(Invalid):
    """A notification's address may not be used."""

    code = "address-refused"
    title = Text("通知地址不可用", "The address for notifications cannot be used")


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart; ``target`` is path and query exactly as they are sent."""

    scheme: Scheme
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header writes them."""
        usual = {"https": HTTPS_PORT, "http": HTTP_PORT}.get(self.scheme)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


def read_address(url: str, schemes: Sequence[Scheme], allowed: Sequence[str]) -> Address:
    """Read an address and hold its host against the list. Raises AddressRefused."""
    address = _taken_apart(url, schemes)
    if not _host_listed(address.host, allowed):
        raise _refused(
            f"{address.host} 不在 {SETTING} 所列主机之内；请运维人员核准后加入",
            f"{address.host} is not among the hosts of {SETTING}; ask the operator to approve it",
        )
    return address


def demand_reachable(address: Address, resolved: str, allowed: Sequence[str]) -> IpAddress:
    """Hold what a host resolved to against the rules. Raises AddressRefused."""
    found = _plain(ip_address(resolved.partition("%")[0]))
    if not (_is_public(found) or _network_lists(found, allowed)):
        raise _refused(
            f"{address.host} 解析为 {found}，不是公网地址；内网地址须以网段列入 {SETTING}",
            f"{address.host} resolves to {found}, no public address; a private one must be in a "
            f"network of {SETTING}",
        )
    if address.scheme == "http" and not found.is_loopback:
        raise _refused("本机以外须用 https", "beyond this machine only https is used")
    return found


def _taken_apart(url: str, schemes: Sequence[Scheme]) -> Address:
    """Take an address apart; nothing is guessed, nothing is repaired."""
    if len(url) > URL_MOST or not (url.isascii() and url.isprintable()) or " " in url:
        raise _refused(
            f"地址须为至多 {URL_MOST} 个可打印 ASCII 字符，不含空格",
            f"an address is at most {URL_MOST} printable ASCII characters without blanks",
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise _refused("地址格式不正确", "the address is malformed") from fault
    found = next((one for one in schemes if one == parts.scheme), None)
    if found is None:
        names = "、".join(schemes)
        raise _refused(f"地址须以 {names} 开头", f"an address begins with {' or '.join(schemes)}")
    if not host or parts.username is not None or parts.password is not None or "#" in url:
        raise _refused(
            "地址须有主机，不得含用户名、口令或 #",
            "an address has a host, and neither user, password nor #",
        )
    if found == "tcp":
        if port is None or parts.path or parts.query:
            raise _refused("须写作 tcp://主机:端口", "write tcp://host:port")
        return Address(found, host, port, "")
    usual = HTTPS_PORT if found == "https" else HTTP_PORT
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(found, host, port or usual, target)


def _host_listed(host: str, allowed: Sequence[str]) -> bool:
    try:
        return _network_lists(_plain(ip_address(host)), allowed)
    except ValueError:
        pass
    return any(
        host.endswith(entry[1:].lower()) if entry.startswith("*.") else host == entry.lower()
        for entry in allowed
    )


def _network_lists(found: IpAddress, allowed: Sequence[str]) -> bool:
    for entry in allowed:
        try:
            network = ip_network(entry)
        except ValueError:
            continue
        if found.version == network.version and found in network:
            return True
    return False


def _plain(found: IpAddress) -> IpAddress:
    """Give the address of version 4 that one of version 6 wraps."""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return found if mapped is None else mapped


def _is_public(found: IpAddress) -> bool:
    return found.is_global and not found.is_multicast


def _refused(zh: str, en: str) -> AddressRefused:
    return AddressRefused(Text(f"{zh}。", f"{en[0].upper()}{en[1:]}."))
