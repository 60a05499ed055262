"""Connecting to an allowed address, and to nothing else, whatever a name may come to mean.

A name is resolved once; every address found is judged, and one of those very addresses is connected
to. The network is touched here, the database and the clock are not.
"""

import socket
from collections.abc import Sequence
from typing import Final

from feeledger.outbox.addresses import (
    Address,
    AddressRefused,
    Scheme,
    demand_reachable,
    read_address,
)
from feeledger.outbox.letters import Receipt

CONNECT_SECONDS: Final = 5.0


def line_to(
    url: str, schemes: Sequence[Scheme], allowed: Sequence[str]
) -> tuple[Address, socket.socket] | Receipt:
    """Connect to where a letter goes, or give the receipt that says why not."""
    try:
        address = read_address(url, schemes, allowed)
        return address, open_line(address, allowed)
    except AddressRefused:
        return Receipt(error="address-refused")
    except socket.gaierror:
        return Receipt(error="host-unknown")
    except TimeoutError:
        return Receipt(error="too-slow")
    except OSError:
        return Receipt(error="not-connected")


def open_line(address: Address, allowed: Sequence[str]) -> socket.socket:
    """Connect to an address, to nothing that is not allowed.

    Raises AddressRefused where any of the addresses found is not allowed, and OSError.
    """
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    places = [str(demand_reachable(address, str(each[4][0]), allowed)) for each in found]
    fault: OSError = OSError("nowhere to connect to")
    for place in dict.fromkeys(places):
        try:
            return socket.create_connection((place, address.port), timeout=CONNECT_SECONDS)
        except OSError as refused:
            fault = refused
    raise fault
