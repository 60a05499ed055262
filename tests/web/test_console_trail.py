"""The trail in the console, and the desk: what waits and what the region comes to."""

from feeledger.notices.queries import notice_of
from feeledger.payments.actions import record_payment
from tests.builders import BANK, NOW, REGION, USCC, an_advice


def rows(text):
    return text.count("<time") + text.count('data-label="时间"')


def test_the_trail_is_found_by_record_person_act_and_day(desk):
    visitor = desk.as_("audit")
    page = f"/console/notices/{desk.world.unpaid}"
    desk.as_("reviewer").send(f"{page}/void", {"void_reason": "面积有误"}, page=page)

    for query in (
        f"kind=notice&key={desk.world.unpaid}&act=void-notice",
        "actor=reviewer",
        "act=void-notice&since=2026-11-24&until=2026-11-24",
    ):
        text = visitor.text(f"/console/trail?{query}")
        assert "面积有误" in text, query
        assert rows(text) == 1, query
    assert "没有符合条件的记录" in visitor.text("/console/trail?until=2026-11-23")
    assert rows(visitor.text(f"/console/trail?kind=notice&key={desk.world.unpaid}")) == 2


def test_the_trail_knows_the_day_by_beijing_time(desk):
    # 10:00 in Beijing on the 24th is 02:00 UTC; the day ends at 16:00 UTC.
    visitor = desk.as_("audit")

    assert rows(visitor.text("/console/trail?since=2026-11-24")) > 0
    assert rows(visitor.text("/console/trail?since=2026-11-25")) == 0


def test_the_desk_counts_what_waits(desk):
    with desk.store.write() as session:
        notice = notice_of(session, REGION, desk.world.unpaid)
        record_payment(session, an_advice(notice, "T0002", amount="1.00"), bank=BANK, now=NOW)
    text = desk.as_("reviewer").text("/console")

    assert '<strong class="fl-number">1</strong> <span>红牌案件未结</span>' in text
    assert '<strong class="fl-number">1</strong> <span>近 7 天拒收的缴款确认</span>' in text
    assert "目前没有" in text


def test_the_desk_adds_the_region_up_and_the_account_by_the_ledger(desk):
    text = desk.as_("audit").text("/console")

    assert "已开具（3 张）</dt><dd>360.00" in text  # 140.00 + 70.00 + 150.00
    assert "已缴（1 张）</dt><dd>70.00" in text
    assert "未缴（2 张）</dt><dd>290.00" in text
    assert "统一账户余额（账簿）</a></dt><dd>70.00" in text


def test_a_departments_desk_counts_its_own_alone(desk):
    text = desk.as_("police").text("/console")

    assert "已开具（1 张）" in text
    assert "统一账户余额" not in text
    assert "对账差异" not in text


def test_an_enterprise_page_shows_its_history(desk):
    text = desk.as_("audit").text(f"/console/enterprises/{USCC}")

    assert "登记企业" in text
    assert "记录情况" in text
