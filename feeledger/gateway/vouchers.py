"""XML in GBK ↔ messages: the second half of R-B6. A voucher is the named texts of one element.

Nothing is guessed: a DOCTYPE, an entity, a comment, a field twice, other bytes than GBK or base64
are refused, for each of them lets two readers of one message see two different things.
"""

import base64
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from feeledger.gateway.frames import APPLICATION, VERSION
from feeledger.gateway.refusals import malformed, version_refused

DECLARATION: Final = '<?xml version="1.0" encoding="GBK"?>'
HEAD_TEXT_MOST: Final = 64
SHOWN_MOST: Final = 40
CLAIM_WITHIN: Final = 2048
# What stands once, else two readers of one message could take two different parts of it.
ONCE: Final = ("MSG", "MSG/MOF", "MSG/MOF/VoucherCount")

Voucher = Mapping[str, str]

_CLAIM: Final = re.compile(rb"<SRC>\s{0,8}([0-9A-Za-z]{1,20})\s{0,8}</SRC>")
_DECLARED: Final = re.compile(
    rb"""<\?xml[^>]{0,80}?encoding\s{0,8}=\s{0,8}["']([^"'>]{0,40})["']"""
)
_FAMILY: Final = frozenset({b"gbk", b"gb2312", b"gb18030"})
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_own = threading.local()


@dataclass(frozen=True, slots=True)
class Head:
    """Who sends to whom. ``work_date`` is eight digits; an answer's ``msg_ref`` is what it answers."""

    src: str
    des: str
    msg_no: str
    msg_id: str
    msg_ref: str
    work_date: str
    app: str = APPLICATION
    ver: str = VERSION


@dataclass(frozen=True, slots=True)
class Envelope:
    """A well-formed message whose head is read and whose vouchers are not yet."""

    head: Head
    root: etree._Element


def claimed_source(xml: bytes) -> str:
    """Give the node that a message claims to come from, unproved and unparsed; "" if it names none.

    Its token is then tried; ``Head.src`` is held against it after parsing.
    """
    found = _CLAIM.search(xml, 0, CLAIM_WITHIN)
    return found[1].decode("ascii") if found else ""


def open_envelope(xml: bytes) -> Envelope:
    """Parse a message and read its head. Raises FrameMalformed."""
    root = _parse(xml)
    heads = root.findall("HEAD")
    if root.tag != "CFX" or len(heads) != 1:
        raise malformed("须为 CFX 报文并含一个 HEAD", "a message is CFX with one HEAD")
    return Envelope(_head_of(texts_of(heads[0])), root)


def demand_head(head: Head, *, msg_no: str) -> None:
    """Hold the head of the XML against the frame's. Raises FrameVersionRefused, FrameMalformed."""
    if (head.app, head.ver) != (APPLICATION, VERSION):
        raise version_refused(
            f"HEAD 中 APP、VER 须为 {APPLICATION}、{VERSION}",
            f"APP and VER in HEAD are {APPLICATION} and {VERSION}",
        )
    if head.msg_no != msg_no:
        raise malformed(
            f"HEAD 中 MsgNo {shown(head.msg_no)} 与报文头 {shown(msg_no)} 不一致",
            f"MsgNo {shown(head.msg_no)} in HEAD is not the frame's {shown(msg_no)}",
        )
    if not head.msg_id:
        raise malformed("HEAD 中缺少 MsgID", "MsgID is missing in HEAD")


def vouchers_in(envelope: Envelope) -> tuple[Voucher, ...]:
    """Read the vouchers, as many as the message says there are. Raises FrameMalformed."""
    for path in ONCE:
        if len(envelope.root.findall(path)) > 1:
            raise malformed(f"{path} 重复", f"{path} stands more than once")
    counted = (envelope.root.findtext("MSG/MOF/VoucherCount") or "").strip()
    found = envelope.root.findall("MSG/MOF/VoucherBody/Voucher")
    if counted != str(len(found)):
        raise malformed(
            f"VoucherCount 为 {shown(counted)}，实有凭证 {len(found)} 张",
            f"VoucherCount is {shown(counted)}, there are {len(found)} vouchers",
        )
    return tuple(_voucher_of(each.text or "") for each in found)


def texts_of(element: etree._Element) -> Voucher:
    """Read an element's children as texts, blanks around them taken off. Raises FrameMalformed."""
    texts: dict[str, str] = {}
    for child in element:
        if len(child) or child.tag in texts:
            raise malformed(
                f"{shown(str(child.tag))} 重复或含有下级元素",
                f"{shown(str(child.tag))} stands twice or has elements inside",
            )
        texts[str(child.tag)] = (child.text or "").strip(" \t\r\n")
    return texts


def write_message(head: Head, voucher: Voucher) -> bytes:
    """Write a message with one voucher, without blanks, in GBK.

    A character that GBK has not is written as a character reference, inside the voucher.
    """
    inner = base64.b64encode(encode_gbk(_element("Voucher", _elements(voucher)))).decode()
    told = {
        "APP": head.app,
        "VER": head.ver,
        "SRC": head.src,
        "DES": head.des,
        "MsgNo": head.msg_no,
        "MsgID": head.msg_id,
        "MsgRef": head.msg_ref,
        "WorkDate": head.work_date,
        "Reserve": "",
    }
    body = _element("VoucherBody", _element("Voucher", inner))
    mof = _element("MOF", _element("VoucherCount", "1") + body)
    return encode_gbk(
        DECLARATION + _element("CFX", _element("HEAD", _elements(told)) + _element("MSG", mof))
    )


def encode_gbk(text: str) -> bytes:
    """Encode XML text in GBK; what GBK has not becomes a character reference."""
    return text.encode("gbk", "xmlcharrefreplace")


def shown(value: str) -> str:
    """Show a value of a message in a text: short, and without signs that do not print."""
    cut = value if len(value) <= SHOWN_MOST else f"{value[:SHOWN_MOST]}…"
    return f"“{''.join(sign if sign.isprintable() else '�' for sign in cut)}”"


def _parse(data: bytes) -> etree._Element:
    """Parse XML in GBK that is nothing but elements and texts."""
    declared = _DECLARED.match(data)
    if declared is not None and declared[1].lower() not in _FAMILY:
        raise malformed("XML 须声明为 GBK", "the XML declares GBK")
    try:
        text = data.decode("gbk")
    except UnicodeDecodeError as error:
        raise malformed(f"第 {error.start + 1} 字节不是 GBK", "the bytes are no GBK") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise malformed("XML 不得含 DOCTYPE 或实体", "no DOCTYPE and no entity is allowed")
    try:
        root = etree.fromstring(text.encode(), _parser())
    except etree.XMLSyntaxError as error:
        raise malformed("XML 格式不正确", "the XML is not well-formed") from error
    if any(not isinstance(each.tag, str) for each in root.iter()) or _has_neighbours(root):
        raise malformed("XML 不得含注释或处理指令", "no comment or instruction is allowed")
    return root


def _has_neighbours(root: etree._Element) -> bool:
    """Say whether a comment or an instruction stands before or behind the root."""
    return root.getprevious() is not None or root.getnext() is not None


def _parser() -> etree.XMLParser:
    """Give this thread's (or greenlet's) parser: parsers are not shared."""
    made: etree.XMLParser | None = getattr(_own, "parser", None)
    if made is None:
        made = _own.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
    return made


def _head_of(texts: Voucher) -> Head:
    """Read the head; its texts are ASCII and short."""
    for name, text in texts.items():
        if len(text) > HEAD_TEXT_MOST or not (text.isascii() and text.isprintable()):
            raise malformed(f"HEAD 中 {shown(name)} 过长或含非 ASCII 字符", "a text of HEAD is odd")
    return Head(
        src=texts.get("SRC", ""),
        des=texts.get("DES", ""),
        msg_no=texts.get("MsgNo", ""),
        msg_id=texts.get("MsgID", ""),
        msg_ref=texts.get("MsgRef", ""),
        work_date=texts.get("WorkDate", ""),
        app=texts.get("APP", ""),
        ver=texts.get("VER", ""),
    )


def _voucher_of(text: str) -> Voucher:
    """Read one voucher: base64 of the GBK bytes of its element, tags included."""
    try:
        data = base64.b64decode(_BLANKS.sub("", text), validate=True)
    except ValueError as error:
        raise malformed("凭证不是有效的 base64", "a voucher is no sound base64") from error
    root = _parse(data)
    if root.tag != "Voucher":
        raise malformed("凭证须为 Voucher 元素", "a voucher is an element Voucher")
    return texts_of(root)


def _elements(texts: Voucher) -> str:
    return "".join(_element(name, escape(_NOT_XML.sub("", text))) for name, text in texts.items())


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"
