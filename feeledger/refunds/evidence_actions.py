"""Keeping the files of a refund, under the lock of its notice; nothing of them changes or goes."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Text
from feeledger.files import FileNotAccepted, KeptFile
from feeledger.refunds.refund import Hand
from feeledger.refunds.tables import RefundFileRow, RefundRow

FILES_OF_A_REFUND_MAX: Final = 20


class RefundEvidenceMissing(Conflict):
    """Money may go to another account only where the evidence for it is on file (R-F3)."""

    code = "refund-evidence-missing"
    title = Text("尚未上传证明材料", "The evidence has not been uploaded")


def keep_refund_files(
    session: Session, row: RefundRow, files: Sequence[KeptFile], *, hand: Hand
) -> int:
    """Keep the files that the refund has not yet, by their content; give how many are new.

    Call it under the notice's lock. Raises FileNotAccepted where they would be too many.
    """
    kept = _kept(session, row)
    fresh = {file.sha256: file for file in files if file.sha256 not in kept}
    if len(kept) + len(fresh) > FILES_OF_A_REFUND_MAX:
        raise FileNotAccepted(
            Text(
                f"这笔退付已有 {len(kept)} 个附件，合计至多 {FILES_OF_A_REFUND_MAX} 个。",
                f"The refund has {len(kept)} files already; {FILES_OF_A_REFUND_MAX} in all are taken.",
            )
        )
    values = [
        {
            "region": row.region,
            "refund": row.id,
            "file_no": number,
            "name": file.name,
            "media_type": file.media_type,
            "size": len(file.content),
            "sha256": file.sha256,
            "content": file.content,
            "attached_by": hand.actor,
            "attached_at": hand.now,
        }
        for number, file in enumerate(fresh.values(), start=len(kept) + 1)
    ]
    if values:
        session.execute(insert(RefundFileRow), values)
    return len(values)


def demand_evidence(session: Session, row: RefundRow) -> None:
    """Let money go to an account that the bank did not tell of only on evidence (R-F3).

    Raises RefundEvidenceMissing.
    """
    if row.account_kind == "original" or _kept(session, row):
        return
    raise RefundEvidenceMissing(
        Text(
            "退至其他账户，或原缴款账户不能确定的，须先上传证明材料，再批准。",
            "Money to another account, or where the one that paid is not certain, is approved only once "
            "its evidence is uploaded.",
        )
    )


def _kept(session: Session, row: RefundRow) -> frozenset[str]:
    query = select(RefundFileRow.sha256).where(
        RefundFileRow.region == row.region, RefundFileRow.refund == row.id
    )
    return frozenset(session.scalars(query))
