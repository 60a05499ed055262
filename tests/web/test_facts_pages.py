"""Facts on pages: what was known when, for the enterprise and for officers."""

from tests.builders import USCC
from tests.web.test_lookup_pages import opened


def test_an_enterprise_sees_what_it_was_told_on_a_day_and_why(client, send, told):
    opened(send, told)

    page = client.get("/lookup/as-known?on=2026-11-24&known=2026-11-24")
    before = client.get("/en/lookup/as-known?on=2026-11-24&known=2026-11-23")
    future = client.get("/lookup/as-known?known=2099-01-01")

    assert page.status_code == 200
    # 100 m² at 1.40 yuan, from the annual report, with the notice issued that day.
    for part in ("140.00", "100 平方米", "年报", "当时已开的通知书", "compiled-2026-11-24"):
        assert part in page.text, part
    assert "not registered" in before.text or "nothing was known before" in before.text
    assert "所知日期不能在将来" in future.text


def test_officers_see_what_any_enterprise_was_told(desk):
    text = desk.as_("audit").text(f"/console/enterprises/{USCC}/as-known")

    assert "当时告知了什么" in text
    assert "140.00" in text
