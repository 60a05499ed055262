"""An application for a refund as a form, read for payer and officer alike."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar, cast

from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import FeeLedgerError, Text
from feeledger.files import FileNotAccepted
from feeledger.refunds.application import Application, RefundExceedsPayment, RefundRefused
from feeledger.refunds.refund import APPLIED_AS_TEXTS, GROUND_TEXTS, AppliedAs, Ground
from feeledger.refunds.view_queries import Refundable
from feeledger.web.forms import Form, read_amount, read_choice, read_day, read_text
from feeledger.web.report_pages import files_of_form

Done = TypeVar("Done")

LONGEST: Final = 2000
GROUND_NEEDED: Final = Text("请选择退付情形。", "Choose the ground.")
HOW_NEEDED: Final = Text("请选择由谁申请。", "Choose who applies.")
REASON_NEEDED: Final = Text(
    "请写明理由：哪一笔、为什么应当退。", "State the reason: which charge, and why it is owed back."
)


def read_application(
    form: Form, lines: Iterable[Refundable], *, applied_as: AppliedAs | None
) -> Application:
    """Read what is asked back; faults are noted in the form. ``applied_as`` None: the form says it."""
    how = applied_as or read_choice(form, "applied_as", APPLIED_AS_TEXTS, needed=HOW_NEEDED)
    ground = read_choice(form, "ground", GROUND_TEXTS, needed=GROUND_NEEDED)
    found_on = read_day(form, "found_on", needed=False) if applied_as is None else None
    amounts = {
        number: amount
        for number in (one.line.line_no for one in lines)
        if (amount := read_amount(form, f"amount_{number}", needed=False)) is not None
    }
    return Application(
        applied_as=cast("AppliedAs", how),
        ground=cast("Ground", ground),
        reason=read_text(form, "reason", needed=REASON_NEEDED, longest=LONGEST),
        amounts=amounts,
        found_on=found_on,
        to_account=read_text(form, "to_account", needed=None, longest=64),
        to_name=read_text(form, "to_name", needed=None),
        to_bank=read_text(form, "to_bank", needed=None),
        evidence=read_text(form, "evidence", needed=None, longest=LONGEST),
        files=files_of_form(),
    )


def attached_text(count: int) -> Text:
    """Say how many files were attached."""
    if not count:
        return Text(
            "这些文件先前已上传，没有重复保存。",
            "These files were there already; none is kept twice.",
        )
    return Text(f"已上传 {count} 个附件。", f"{count} file{'s' if count > 1 else ''} attached.")


def ask_back(form: Form, act: Callable[[Session], Done]) -> Done | None:
    """Hand an application over in one transaction; what is refused is noted beside its field."""
    try:
        with kit().store.write() as session:
            return act(session)
    except RefundRefused as refused:
        for name, fault in refused.errors:
            form.refuse(name, fault)
    except FileNotAccepted as refused:
        form.refuse("files", refused.detail)
    except RefundExceedsPayment as refused:
        form.refuse(f"amount_{refused.facts.get('line', 1)}", refused.detail)
    except FeeLedgerError as refused:
        form.refuse("amounts", refused.detail)
    return None
