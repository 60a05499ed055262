"""What guards the machines' door: used nonces, refused signatures, and calls that are to act once.

Nonces and refusals are reference tables without a region; their rows are of no lasting worth and are
pruned. A key that a caller gave to an act (``Idempotency-Key``) binds in its region for ever.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


class NonceRow(Base):
    """A nonce used with a key; not usable again for ``NONCE_KEPT``."""

    __tablename__ = "api_nonce"
    __table_args__ = (Index("ix_api_nonce_used_at", "used_at"),)

    keyid: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class SignatureRefusalRow(Base):
    """How often a part of a key's signatures was refused on a Beijing day: the bank's own log.

    ``reason`` is that of the last one. Nothing of it is ever told to a caller.
    """

    __tablename__ = "api_signature_refusal"
    __table_args__ = (
        ForeignKeyConstraint(["keyid"], ["bank_key.keyid"]),
        CheckConstraint("times > 0", name="times"),
        Index("ix_api_signature_refusal_day", "day"),
    )

    keyid: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    reason: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class KeyedAnswerRow(Base):
    """The first answer to an act that its caller gave a key to: given again, byte for byte.

    ``act`` is the door's own name for what is done. Content is the message, whatever its blanks and
    the order of its names.
    """

    __tablename__ = "api_keyed_answer"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        CheckConstraint("status BETWEEN 200 AND 299", "status"),
        CheckConstraint("length(key) BETWEEN 16 AND 128", "key"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    content_sha256: Mapped[str]
    status: Mapped[int]
    language: Mapped[str]
    answer: Mapped[str]
    answered_at: Mapped[datetime]


class KeyReuseRow(Base):
    """A key that came again with other content and was refused; equal ones are one row, counted."""

    __tablename__ = "api_key_reuse"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "act", "key"],
            ["api_keyed_answer.region", "api_keyed_answer.act", "api_keyed_answer.key"],
        ),
        CheckConstraint("times > 0", "times"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    content_sha256: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
