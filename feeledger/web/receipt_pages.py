"""Verify a payment: what the books say to whoever knows a pay code and its amount or bank serial."""

from flask import Blueprint, render_template, request

from feeledger.callers.actions import LOOKUPS
from feeledger.codes import judge_pay_code
from feeledger.doors import caller_here, count_call_here, kit
from feeledger.errors import Text
from feeledger.payments.receipt_actions import verify_receipt
from feeledger.web.formats import plain_code
from feeledger.web.forms import Form, read_amount, read_text, refuse_judged

receipt_pages = Blueprint("receipt", __name__)

PAY_CODE_LABEL = Text("缴款码：", "Pay code")
PAY_CODE_NEEDED = Text("请填写二十位缴款码。", "Enter the pay code, twenty digits.")
ONE_NEEDED = Text(
    "金额和银行交易流水号至少填写一个。", "Enter the amount, or the bank's serial, or both."
)
NOTHING_FOUND = Text(
    "没有与所填内容全部相符的记录，请核对；连续多次不符须过 15 分钟再试。",
    "Nothing is recorded that fits all you entered; check it. After several tries wait 15 minutes.",
)


@receipt_pages.get("/receipt")
def show_receipt() -> str:
    """Show the form."""
    return render_template("receipt.html", form=Form(request.args), found=None)


@receipt_pages.post("/receipt")
def verify() -> str:
    """Show what is recorded, or that nothing fits."""
    count_call_here(LOOKUPS)
    form = Form(request.form)
    pay_code = plain_code(form.value("pay_code"))
    judged = judge_pay_code(pay_code, "none")
    if not pay_code:
        form.refuse("pay_code", PAY_CODE_NEEDED)
    elif judged.value is None:
        refuse_judged(form, "pay_code", PAY_CODE_LABEL, judged.problem)
    amount = read_amount(form, "amount", needed=False)
    trade_no = read_text(form, "trade_no", needed=None, longest=60)
    if amount is None and not trade_no:
        form.refuse("amount", ONE_NEEDED)
    if not form.sound:
        return render_template("receipt.html", form=form, found=None)
    with kit().store.write() as session:
        found = verify_receipt(
            session,
            pay_code,
            amount=amount,
            trade_no=trade_no,
            caller=caller_here(LOOKUPS),
            now=kit().clock.wall(),
        )
        if found is None:
            form.refuse("pay_code", NOTHING_FOUND)
        return render_template("receipt.html", form=form, found=found)
