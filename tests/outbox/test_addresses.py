"""Where notifications may go: the list, then what a name resolves to."""

import pytest

from feeledger.outbox.addresses import AddressRefused, demand_reachable, read_address
from feeledger.outbox.lines import line_to
from feeledger.settings import Settings, SettingsRefused

WEB = ("https", "http")
LIST = ("hooks.example.org", "*.gov.example", "10.1.0.0/16", "127.0.0.0/8", "localhost")


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://hooks.example.org", "hooks.example.org", "/"),
        ("https://HOOKS.example.org:8443/a?b=c", "hooks.example.org:8443", "/a?b=c"),
        ("https://water.gov.example/in", "water.gov.example", "/in"),
        ("https://10.1.2.3/in", "10.1.2.3", "/in"),
    ],
)
def test_a_listed_address_is_taken_apart(url, authority, target):
    address = read_address(url, WEB, LIST)

    assert (address.authority, address.target) == (authority, target)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org",
        "https://gov.example",
        "https://xgov.example",
        "https://hooks.example.org.evil.example",
        "https://hooks.example.org@evil.example/",
        "https://user:pass@hooks.example.org/",
        "https://hooks.example.org/#part",
        "https://hooks.example.org:99999/",
        "https://10.2.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "ftp://hooks.example.org/",
        "https:///path",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/" + "a" * 500,
        "https://钩子.example.org/",
        "javascript:alert(1)",
        "",
    ],
)
def test_any_other_address_is_refused(url):
    with pytest.raises(AddressRefused):
        read_address(url, WEB, LIST)


@pytest.mark.parametrize(
    ("resolved", "taken"),
    [
        ("93.184.216.34", True),
        ("10.1.255.255", True),
        ("10.2.0.1", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.2.0.1", False),
        ("::ffff:10.1.0.1", True),
        ("2606:2800:220:1::1", True),
    ],
)
def test_what_a_name_resolves_to_is_judged(resolved, taken):
    address = read_address("https://hooks.example.org/", WEB, LIST)
    try:
        demand_reachable(address, resolved, LIST)
    except AddressRefused:
        assert not taken
    else:
        assert taken


def test_plain_http_goes_to_this_machine_only():
    with pytest.raises(AddressRefused):
        demand_reachable(read_address("http://10.1.0.1/", WEB, LIST), "10.1.0.1", LIST)
    demand_reachable(read_address("http://127.0.0.1/", WEB, LIST), "127.0.0.1", LIST)


def test_a_name_that_comes_to_mean_another_net_is_not_connected_to(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("169.254.169.254", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr("socket.create_connection", lambda *_, **__: pytest.fail("connected"))

    assert line_to("https://hooks.example.org/", WEB, LIST).error == "address-refused"


def test_without_a_list_nothing_goes_out():
    assert Settings.from_environ({"FEELEDGER_MODE": "test"}).webhook_hosts == ()
    with pytest.raises(AddressRefused, match="not among the hosts"):
        read_address("https://hooks.example.org/", WEB, ())


def test_the_setting_names_every_entry_that_is_none():
    hosts = "a.example, *.b.example ,10.0.0.0/8,::1"
    good = Settings.from_environ({"FEELEDGER_MODE": "test", "FEELEDGER_WEBHOOK_HOSTS": hosts})
    assert good.webhook_hosts == ("a.example", "*.b.example", "10.0.0.0/8", "::1")
    with pytest.raises(SettingsRefused, match=r"'\*'.*'http://c'"):
        Settings.from_environ(
            {"FEELEDGER_MODE": "test", "FEELEDGER_WEBHOOK_HOSTS": "*,http://c,d.example"}
        )
