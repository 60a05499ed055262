"""Evidence for a refund on the pages: sent with the application or later, downloaded by officers alone."""

from io import BytesIO

import pytest
from sqlalchemy import select

from feeledger.files import FILE_SIZE_MAX
from feeledger.refunds.tables import RefundFileRow, RefundRow
from tests.builders import REGION, USCC, a_paid_notice
from tests.web.desk import PDF

OTHER = {
    "amount_1": "40.00",
    "ground": "mistaken_payment",
    "reason": "多缴",
    "to_account": "6333",
    "to_name": "承继企业",
    "evidence": "合并公告〔2026〕2号",
}


@pytest.fixture
def payer(desk):
    with desk.store.write() as session:
        notice = a_paid_notice(session, trade_no="T0100")
        desk.notice, code = notice.id, notice.pay_code
    visitor = desk.visitor()
    visitor.send("/lookup", {"uscc": USCC, "code": code})
    return visitor


def sent(*files):
    return {"files": [(BytesIO(content), name) for name, content in files]}


def test_a_payer_sends_evidence_and_each_fault_is_told_in_both_languages(desk, payer):
    form = f"/lookup/notices/{REGION}/{desk.notice}/refund"
    for files, zh, en in (
        (sent(), "请上传证明材料的扫描件或照片", "upload the evidence as a scan"),
        (sent(("公告.pdf", b"<html>")), "不是 PDF、PNG 或 JPEG", "neither PDF nor PNG nor JPEG"),
        (sent(("公告.pdf", PDF + bytes(FILE_SIZE_MAX))), "字节，须为 1 至", "bytes; 1 to"),
        (sent(*[(f"{n}.pdf", PDF) for n in range(6)]), "附件 6 个，至多 5 个", "6 files; send 5"),
    ):
        for path, words in ((form, zh), (f"/en{form}", en)):
            again = {"files": [(BytesIO(s.getvalue()), n) for s, n in files["files"]]}
            answer = payer.send(path, OTHER | again, page=form)
            assert (answer.status_code, words in answer.text) == (422, True), (path, words)
            assert 'href="#files"' in answer.text
            assert "合并公告〔2026〕2号" in answer.text  # nothing written is lost
    with desk.store.read() as session:
        assert session.scalars(select(RefundRow)).all() == []

    answer = payer.send(form, OTHER | sent(("公告.pdf", PDF)))
    assert answer.status_code == 303
    own = answer.location
    shown = payer.text(own)
    assert "公告.pdf" in shown
    assert "补充证明材料" in shown
    assert "download" not in shown  # the payer has it; officers open it
    more = payer.send(f"{own}/files", sent(("章程.png", b"\x89PNG\r\n\x1a\nmore")), page=own)
    assert more.status_code == 303
    again = payer.send(f"{own}/files", sent(("又.pdf", PDF)), page=own, follow_redirects=True)
    assert "没有重复保存" in again.text
    none = payer.send(f"{own}/files", {}, page=own)
    assert (none.status_code, "请选择要上传的文件" in none.text) == (422, True)

    with desk.store.read() as session:
        row = session.scalars(select(RefundRow)).one()
        assert session.scalars(select(RefundFileRow.attached_by)).all() == [f"payer:{USCC}"] * 2
    page = f"/console/refunds/{row.id}"
    assert "章程.png" in desk.as_("audit").text(page)
    assert "Upload evidence" in desk.as_("water").text(f"/en{page}")
    assert "上传证明材料" not in desk.as_("audit").text(page)  # who oversees attaches nothing
    got = desk.as_("water").get(f"{page}/files/1")
    assert (got.data, got.headers["Content-Type"]) == (PDF, "application/pdf")
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert desk.as_("police").get(f"{page}/files/1").status_code == 404
    assert desk.as_("water").get(f"{page}/files/9").status_code == 404
    assert payer.get(f"{page}/files/1").status_code == 303  # to the sign-in

    clerk = desk.as_("clerk")
    late = clerk.send(f"{page}/files", sent(("窗口.pdf", PDF + b"2")), page=page)
    assert late.status_code == 303
    assert "上传退付证明材料" in clerk.text(f"/console/trail?subject=refund:{row.id}")
    assert desk.as_("audit").send(f"{page}/files", {}, page=page).status_code == 403
    withdrawn = payer.send(f"{own}/withdrawal", {"withdraw_reason": "填错"}, page=own)
    assert withdrawn.status_code == 303
    closed = payer.send(f"{own}/files", sent(("迟.pdf", PDF + b"3")), page="/lookup/overview")
    assert (closed.status_code, "不能再补充附件" in closed.text) == (422, True)


def test_r_f3_at_the_desk_another_account_needs_its_evidence_too(desk):
    with desk.store.write() as session:
        notice = a_paid_notice(session, trade_no="T0100").id
    form, clerk = f"/console/notices/{notice}/refund", desk.as_("clerk")
    data = OTHER | {"applied_as": "payer"}
    refused = clerk.send(form, data)
    assert (refused.status_code, 'href="#files"' in refused.text) == (422, True)
    assert clerk.send(form, data | sent(("公告.pdf", PDF))).status_code == 303
