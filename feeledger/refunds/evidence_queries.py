"""Finding the files of a refund: their list, and one of them with its bytes."""

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from feeledger.errors import Missing, Text
from feeledger.files import KeptFile
from feeledger.refunds.tables import RefundFileRow


class RefundFileUnknown(Missing):
    """The refund has no such file."""

    code = "refund-file-unknown"
    title = Text("没有此附件", "There is no such file")


def files_of_refund(session: Session, region: str, refund: int) -> tuple[RefundFileRow, ...]:
    """Give the files of a refund without their bytes, in the order in which they came."""
    query = (
        select(RefundFileRow)
        .where(RefundFileRow.region == region, RefundFileRow.refund == refund)
        .order_by(RefundFileRow.file_no)
    )
    return tuple(session.scalars(query))


def file_of_refund(session: Session, region: str, refund: int, file_no: int) -> KeptFile:
    """Give one file with its bytes. Raises RefundFileUnknown."""
    row = session.get(
        RefundFileRow, (region, refund, file_no), options=[undefer(RefundFileRow.content)]
    )
    if row is None:
        raise RefundFileUnknown(
            Text(f"这笔退付没有第 {file_no} 个附件。", f"The refund has no file {file_no}.")
        )
    return KeptFile(row.name, row.media_type, row.content, row.sha256)
