"""Subscriptions in the console: entered, looked into, sent again, renewed and ended."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from feeledger.notices.queries import notice_of
from feeledger.outbox.tables import DeliveryRow
from tests.builders import NOW, REGION, TODAY, WATER_UNIT, a_payment
from tests.web.test_console_claims import seat

LIST = "/console/subscriptions"
WISH = {"unit": WATER_UNIT, "kind": ["payment-confirmed"], "url": "https://fee.example.org/hook"}


def test_a_subscription_through_its_whole_life(desk):
    desk.settings = replace(desk.settings, webhook_hosts=("*.example.org",))
    desk.live_on(TODAY)
    clerk = seat(desk, "clerk")
    assert "没有订阅" in clerk.text(LIST)
    refused = clerk.send(LIST, WISH | {"url": "https://elsewhere.net/"})
    assert refused.status_code == 422
    assert "elsewhere.net" in refused.text
    entered = clerk.send(LIST, WISH)
    assert entered.status_code == 303
    page = entered.location
    assert 'id="secret"' in clerk.text(page)
    assert 'id="secret"' not in clerk.text(page)  # shown once
    with desk.store.write() as session:
        a_payment(session, notice_of(session, REGION, desk.world.unpaid), "T9")
    assert "待发送" in clerk.text(f"{page}?state=pending")
    early = clerk.send(f"{page}/again", {"message": "1"}, page=page)
    assert early.status_code == 422
    with desk.store.write() as session:
        session.execute(
            update(DeliveryRow).values(state="failed", finished_at=NOW + timedelta(days=2))
        )
        message = str(session.query(DeliveryRow.message).scalar())
    assert "失败" in seat(desk, "audit").text(f"{page}?state=failed")
    assert clerk.send(f"{page}/again", {"message": message}, page=page).status_code == 303
    assert "下次" in clerk.text(page)
    assert clerk.send(f"{page}/renew", {}, page=page).status_code == 422
    assert clerk.send(f"{page}/renew", {"renew_reason": "定期"}, page=page).status_code == 303
    assert 'id="secret"' in clerk.text(page)
    assert clerk.send(f"{page}/stop", {"stop_reason": "系统停用"}, page=page).status_code == 303
    shown = seat(desk, "audit").text(f"/en{page}")
    for told in ("ended", "dropped", "Webhook secret renewed", "Notification sent again"):
        assert told.lower() in shown.lower()
    assert clerk.send(f"{page}/stop", {"stop_reason": "x"}, page=page).status_code == 422
    assert seat(desk, "audit").get(f"{LIST}/1").status_code == 404
