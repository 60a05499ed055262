"""Checking a downloaded proof without connection and database: step by step, to the first that fails.

Every value of the file is bound: what is not hashed or signed is compared with what is. The form
is held strictly, so that nothing can stand in a file that nobody checks. docs/proof.md has the form.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from feeledger.errors import Text
from feeledger.ledger.merkle import hash_leaf, root_by_path
from feeledger.ledger.proof_forms import (
    BLOCK_FORM,
    DAY_FORM,
    ENTRY_FORM,
    RECEIPT_FORM,
    RECORDED_ENTRY_FORM,
    hash_of_form,
    leaf_of_block,
)
from feeledger.ledger.seal_keys import SealKeyUnreadable, fingerprint_of_key
from feeledger.signatures import canonical_bytes, signature_fits

BYTES_MAX: Final = 1024 * 1024
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_TEXTS: Final[Mapping[str, frozenset[str]]] = {
    ENTRY_FORM: frozenset(
        ["form", "region", "entry", "day", "kind", "subject", "reason", "posted_at"]
    ),
    BLOCK_FORM: frozenset(
        ["form", "region", "number", "day", "entries", "previous", "root", "made_at"]
    ),
    DAY_FORM: frozenset(
        ["form", "region", "day", "blocks", "entries", "previous", "root", "signed_at", "key"]
    ),
}
_PAYMENT: Final = frozenset(
    [
        "payment",
        "pay_code",
        "amount_fen",
        "late_fen",
        "bank",
        "trade_no",
        "account_no",
        "paid_at",
        "notice_sha256",
        "channel",
        "payer_name",
        "payer_account",
    ]
)
STEPS: Final[Mapping[str, Text]] = {
    "form": Text("文件格式", "the form of the file"),
    "agreement": Text("分录、区块、日子相互一致", "entry, block and day agree"),
    "block-proof": Text("分录在区块之中", "the entry stands in its block"),
    "published-block": Text("区块即所公布的一块", "the block is the published one"),
    "day-proof": Text("区块在该日之中", "the block stands in its day"),
    "key": Text("公钥即所信任的一把", "the public key is the trusted one"),
    "signature": Text("日根的签名", "the signature of the day"),
    "published-day": Text("日根即所公布的一个", "the day's root is the published one"),
}
MEANINGS: Final[Mapping[str, Text]] = {
    "form": Text(
        "这不是入账证明文件，或下载之后被改动、截断。请从收据页重新下载。",
        "This is no proof of a payment, or it was changed or cut short since. Download it again.",
    ),
    "agreement": Text(
        "文件由不同地区或不同日子的部分拼成。",
        "The file was put together from parts of different regions or days.",
    ),
    "block-proof": Text(
        "文件所写的分录不在所指的区块之中：分录内容被改动，或从未入账。",
        "The entry in the file is not in the block it names: it was changed, or never entered.",
    ),
    "published-block": Text(
        "所指的区块不是公布的那一块，这份文件证明不了入账。",
        "The block it names is not the published one; the file proves nothing.",
    ),
    "day-proof": Text(
        "所指的区块不在该日的日根之中。", "The block it names is not part of that day's root."
    ),
    "key": Text(
        "签署者不可信，任何人都能用自己的密钥这样签。",
        "Whoever signed it is not to be trusted: anybody can sign with a key of their own.",
    ),
    "signature": Text(
        "日根没有可信的签名，这份文件证明不了入账。",
        "The day's root has no good signature; the file proves nothing.",
    ),
    "published-day": Text(
        "同一日子有两个日根，其中一个不真实。",
        "There are two roots of one day: one is not genuine.",
    ),
}


NOTHING: Final = Text("", "")


class NoProof(ValueError):
    """The text is not a proof in its form; told as the step "form", in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        """Keep what is wrong for the reader of either language."""
        super().__init__(en)
        self.told = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Trusted:
    """What the checker knows from elsewhere: the key's fingerprint, or the block's hash."""

    fingerprint: str = ""
    block: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, whether it holds, and what was found where it does not."""

    name: str
    holds: bool
    found: Text = NOTHING

    @property
    def label(self) -> Text:
        """What the step checks."""
        return STEPS[self.name]

    @property
    def meaning(self) -> Text:
        """What it means where the step fails."""
        return MEANINGS[self.name]


@dataclass(frozen=True, slots=True)
class Checked:
    """The steps taken, and the proof where its form was sound."""

    steps: tuple[Step, ...]
    proof: Mapping[str, Any] | None = None

    @property
    def holds(self) -> bool:
        """Whether every step holds."""
        return all(step.holds for step in self.steps)

    @property
    def is_signed(self) -> bool:
        """Whether the file carries the day's signature."""
        return self.proof is not None and self.proof["day"] is not None


def check_receipt(text: bytes, trusted: Trusted) -> Checked:
    """Check a proof against what is trusted; without a day only a known block's hash can hold it."""
    try:
        proof = read_receipt(text)
    except NoProof as fault:
        return Checked((Step("form", False, _detail(fault.told)),))
    steps = [Step("form", True)]
    for step in _steps_of(proof, trusted):
        steps.append(step)
        if not step.holds:
            break
    return Checked(tuple(steps), proof)


def block_hash_of(proof: Mapping[str, Any]) -> str:
    """Work out the hash of the block that a proof names."""
    return hash_of_form(proof["block"]["head"])


def _steps_of(proof: Mapping[str, Any], trusted: Trusted) -> Any:
    entry, block, day = proof["entry"], proof["block"], proof["day"]
    heads = [block["head"], *([] if day is None else [day["head"]])]
    agree = all(head[name] == entry[name] for head in heads for name in ("region", "day"))
    yield Step("agreement", agree, Text("区划或记账日不一致", "their region or day differs"))
    leaf = hash_leaf(canonical_bytes(entry))
    yield _path_step("block-proof", leaf, block, size=block["head"]["entries"])
    found = block_hash_of(proof)
    if trusted.block:
        same = found == trusted.block
        yield Step(
            "published-block", same, Text(f"区块散列为 {found}", f"the block's hash is {found}")
        )
    if day is None:
        if not trusted.block:
            yield Step("signature", False, NOT_YET_SIGNED)
        return
    yield _path_step("day-proof", leaf_of_block(found), day, size=day["head"]["blocks"])
    yield _key_step(day, trusted)
    content = canonical_bytes(day["head"])
    holds = signature_fits(day["public_key"], content, day["signature"])
    yield Step("signature", holds, Text("签名与内容不符", "it is not the key's over this content"))


NOT_YET_SIGNED: Final = Text(
    "该日尚未签署；日结之后请重新下载，或用 --block 给出所公布的区块散列",
    "the day is not signed yet: download it again after the close, or give the published hash by --block",
)


def _path_step(name: str, leaf: bytes, part: Mapping[str, Any], *, size: str) -> Step:
    path = [bytes.fromhex(each) for each in part["path"]]
    root = root_by_path(leaf, int(part["position"]), int(size), path)
    holds = root is not None and root.hex() == part["head"]["root"]
    return Step(name, holds, Text("算出的根与所载不符", "the root worked out is another"))


def _key_step(day: Mapping[str, Any], trusted: Trusted) -> Step:
    try:
        fingerprint = fingerprint_of_key(day["public_key"])
    except SealKeyUnreadable:
        fingerprint = ""
    if fingerprint != day["head"]["key"]:
        return Step(
            "key", False, Text("公钥与所签指纹不符", "it is not the key that the day names")
        )
    if trusted.fingerprint and fingerprint != trusted.fingerprint:
        return Step(
            "key",
            False,
            Text(f"文件用的是 {fingerprint}", f"the file is signed by {fingerprint}"),
        )
    return Step("key", True)


def read_receipt(text: bytes) -> dict[str, Any]:
    """Read a proof, held to its form to the letter. Raises NoProof."""
    if len(text) > BYTES_MAX:
        raise NoProof("超过 1 MiB", "larger than 1 MiB")
    try:
        proof = json.loads(text.decode("utf-8"), object_pairs_hook=_once_each)
        canonical_bytes(proof)  # a lone surrogate is no text
    except (ValueError, RecursionError) as fault:
        raise NoProof(
            "不是 UTF-8 的 JSON，或有重复的键", "not JSON in UTF-8, or a key twice"
        ) from fault
    _demand_keys(proof, {"form", "entry", "block", "day"}, "file")
    if proof["form"] != RECEIPT_FORM:
        raise NoProof(f"form 不是 {RECEIPT_FORM}", f"form is not {RECEIPT_FORM}")
    _demand_entry(proof["entry"])
    _demand_part(proof["block"], BLOCK_FORM, {"head", "position", "path"}, "block")
    if proof["day"] is not None:
        keys = {"head", "position", "path", "signature", "public_key"}
        _demand_part(proof["day"], DAY_FORM, keys, "day")
        _demand_texts(proof["day"], ("signature", "public_key"), "day")
    return dict(proof)


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise NoProof("有重复的键", "a key twice")
    return dict(pairs)


def _demand_entry(entry: Any) -> None:
    recorded = isinstance(entry, dict) and entry.get("form") == RECORDED_ENTRY_FORM
    texts = _TEXTS[ENTRY_FORM] | ({"record"} if recorded else frozenset())
    _demand_keys(entry, texts | {"reverses", "postings", "payment"}, "entry")
    _demand_texts(entry, texts, "entry")
    if not recorded and entry["form"] != ENTRY_FORM:
        raise NoProof(f"entry.form 不是 {ENTRY_FORM}", f"entry.form is not {ENTRY_FORM}")
    if not (entry["reverses"] is None or isinstance(entry["reverses"], str)):
        raise NoProof("entry.reverses 不符", "entry.reverses is neither null nor text")
    postings = entry["postings"]
    if not isinstance(postings, list) or not all(
        isinstance(each, list) and len(each) == 3 and all(isinstance(one, str) for one in each)  # noqa: PLR2004 - debit, credit, fen
        for each in postings
    ):
        raise NoProof("entry.postings 不符", "entry.postings is no list of debit, credit, fen")
    if entry["payment"] is not None:
        _demand_keys(entry["payment"], _PAYMENT, "entry.payment")
        _demand_texts(entry["payment"], _PAYMENT, "entry.payment")


def _demand_part(part: Any, form: str, keys: set[str], at: str) -> None:
    """Hold a block or a day against its form."""
    _demand_keys(part, keys, at)
    _demand_keys(part["head"], _TEXTS[form], f"{at}.head")
    _demand_texts(part["head"], _TEXTS[form], f"{at}.head")
    head = part["head"]
    if head["form"] != form:
        raise NoProof(f"{at}.head.form 不是 {form}", f"{at}.head.form is not {form}")
    numbers = {name: head[name] for name in ("number", "entries", "blocks") if name in head}
    numbers["position"] = part["position"]
    for name, value in numbers.items():
        if not isinstance(value, str) or not _NUMBER.fullmatch(value):
            raise NoProof(f"{at}：{name} 不是数字", f"{at}: {name} is no number")
    if not isinstance(part["path"], list):
        raise NoProof(f"{at}.path 不是列表", f"{at}.path is no list")
    for value in (head["root"], head["previous"], *part["path"]):
        if not isinstance(value, str) or not _HASH.fullmatch(value):
            raise NoProof(
                f"{at}：散列不是 64 位十六进制数", f"{at}: a hash is no 64 hexadecimal digits"
            )


def _demand_keys(value: Any, keys: frozenset[str] | set[str], at: str) -> None:
    if not isinstance(value, dict):
        raise NoProof(f"{at} 不是对象", f"{at} is no object")
    if set(value) != keys:
        wrong = sorted(set(value) ^ keys)
        names = ", ".join(wrong)[:200]
        raise NoProof(f"{at} 缺少或多出：{names}", f"{at}: missing or too many: {names}")


def _demand_texts(value: Mapping[str, Any], names: Sequence[str] | frozenset[str], at: str) -> None:
    for name in sorted(names):
        if not isinstance(value[name], str):
            raise NoProof(f"{at}.{name} 不是文字", f"{at}.{name} is no text")


def _detail(told: Text) -> Text:
    return Text(f"格式不符：{told.zh}", f"it is not in the form: {told.en}")
