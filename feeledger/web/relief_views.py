"""Reliefs of notices in words: what was granted, by which document (R-M4)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.notices.tables import NoticeRow
from feeledger.reliefs.queries import reliefs_of_notice, terms_of
from feeledger.reliefs.relief import STATES, terms_text
from feeledger.reliefs.tables import NoticeReliefRow

STATE_TONES = {"applied": "warn", "approved": "good", "refused": "", "withdrawn": ""}


@dataclass(frozen=True, slots=True)
class ReliefShown:
    """A relief in words: what it is, of which line, and the sentence that names its document."""

    row: NoticeReliefRow
    what: Text
    state: Text
    tone: str
    sentence: Text


def shown_relief(row: NoticeReliefRow) -> ReliefShown:
    """Give a relief in words."""
    terms = terms_of(row)
    what = _of_line(terms_text(terms), row.line_no)
    return ReliefShown(
        row=row,
        what=what,
        state=STATES[row.state],
        tone=STATE_TONES[row.state],
        sentence=Text(
            f"{what.zh}：{row.issuer} {row.document}（{row.document_on}）。",
            f"{what.en}: {row.issuer}, {row.document} ({row.document_on}).",
        ),
    )


def asked_reliefs(session: Session, row: NoticeRow) -> list[ReliefShown]:
    """Give all that was ever applied for of a notice, in words."""
    found = reliefs_of_notice(session, row.region, row.id, approved_only=False)
    return [shown_relief(relief) for relief in found]


def _of_line(what: Text, line_no: int | None) -> Text:
    if line_no is None:
        return what
    return Text(f"第 {line_no} 行{what.zh}", f"line {line_no} {what.en}")
