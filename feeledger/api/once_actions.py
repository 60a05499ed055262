"""An act over HTTP that carries no serial of a bank, done once for each key its caller gives.

With the header ``Idempotency-Key`` the same message gets the first answer for ever, byte for byte;
another message under the same key is refused and noted. Only what was done binds a key: after a
refusal the message may be mended and sent again. Keys of different regions and acts do not meet.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Response, request
from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.api.tables import KeyedAnswerRow, KeyReuseRow
from feeledger.errors import Invalid, Text
from feeledger.store import Store, canonical_json, insert_for, table_of

HEADER: Final = "Idempotency-Key"
# Callers may be strangers to each other: a short key would be met by chance.
KEY_PATTERN: Final = r"^[0-9A-Za-z._:-]{16,128}$"
_KEY: Final = re.compile(KEY_PATTERN[1:-1])


class IdempotencyKeyMalformed(Invalid):
    """The header ``Idempotency-Key`` is out of form."""

    code = "idempotency-key-malformed"
    title = Text("Idempotency-Key 不符合格式", "The Idempotency-Key is out of form")


class IdempotencyKeyReused(Invalid):
    """The key was given to another message before."""

    code = "idempotency-key-reused"
    title = Text(
        "Idempotency-Key 已用于其他内容", "The Idempotency-Key was used for another message"
    )


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """An act as it was asked for; ``key`` is None where the caller gave none."""

    region: str
    act: str
    key: str | None
    content_sha256: str


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """An answer as it is kept and given again: ``body`` is its JSON text."""

    status: int
    language: str
    body: str

    def response(self) -> Response:
        """Write the answer."""
        response = Response(self.body, self.status, mimetype="application/json")
        response.headers.update(
            {
                "Cache-Control": "no-store",
                "Content-Language": self.language,
                "Vary": "Accept-Language",
            }
        )
        return response


def keyed_call(region: str, act: str, message: object) -> KeyedCall:
    """Read the key of the request at hand. Raises IdempotencyKeyMalformed."""
    given = request.headers.getlist(HEADER)
    key = given[0] if given else None
    # The draft of the header writes the key in quotes; both forms name the same key.
    if key is not None and key[:1] == key[-1:] == '"':
        key = key[1:-1]
    if len(given) > 1 or (key is not None and not _KEY.fullmatch(key)):
        raise IdempotencyKeyMalformed(
            Text(
                f"{HEADER} 须为一个 16 至 128 位的字母、数字、. _ : -，如 UUID。",
                f"{HEADER} is one word of 16 to 128 letters, digits, . _ : -, such as a UUID.",
            )
        )
    digest = hashlib.sha256(canonical_json(message).encode()).hexdigest()
    return KeyedCall(region, act, key, digest)


def act_once(
    store: Store, call: KeyedCall, act: Callable[[Session], FirstAnswer], *, now: datetime
) -> FirstAnswer:
    """Do an act and keep its answer in one transaction, or give the answer it had before.

    Of two rivals with one key one acts; the other's work is undone and it gets the first's answer.
    Raises IdempotencyKeyReused after noting it, and what the act raises.
    """

    def work(session: Session) -> FirstAnswer | None:
        if call.key is None:
            return act(session)
        kept = session.get(KeyedAnswerRow, (call.region, call.act, call.key))
        if kept is None:
            answer = act(session)
            _keep(session, call, answer, now=now)
            return answer
        if kept.content_sha256 == call.content_sha256:
            return FirstAnswer(kept.status, kept.language, kept.answer)
        _note_reuse(session, call, now=now)
        return None

    # Without a key nothing would tell an act that was kept from one that was lost.
    answer = store.attempt(work) if call.key is None else store.retry(work)
    if answer is None:
        raise IdempotencyKeyReused(
            Text(
                f"{HEADER} {call.key} 已用于另一份报文；内容不同的请求须用新的键。",
                f"{HEADER} {call.key} was used for another message; give other content a key of "
                f"its own.",
            )
        )
    return answer


def _keep(session: Session, call: KeyedCall, answer: FirstAnswer, *, now: datetime) -> None:
    # A rival that was first makes this fail on the primary key: the store does the work again.
    session.execute(
        insert(table_of(KeyedAnswerRow)),
        {
            "region": call.region,
            "act": call.act,
            "key": call.key,
            "content_sha256": call.content_sha256,
            "status": answer.status,
            "language": answer.language,
            "answer": answer.body,
            "answered_at": now,
        },
    )


def _note_reuse(session: Session, call: KeyedCall, *, now: datetime) -> None:
    row = KeyReuseRow
    statement = insert_for(session, row).values(
        region=call.region,
        act=call.act,
        key=call.key,
        content_sha256=call.content_sha256,
        first_at=now,
        last_at=now,
        times=1,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["region", "act", "key", "content_sha256"],
            set_={"times": row.times + 1, "last_at": now},
        )
    )
