"""A bank's side of the frames, written apart from ours: strings, hashlib and base64 only."""

import base64
import hashlib
import re
import socket

NODE = "K1301840001"
UNIT_NODE = "K1301840009"
FINANCE = "F130184"
TOKEN = "a-token-of-the-tests-42"


def inner(fields):
    """The voucher's element, as bytes."""
    parts = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<Voucher>{parts}</Voucher>".encode("gbk")


def xml_of(
    msg_no,
    *vouchers,
    src=NODE,
    des=FINANCE,
    msg_id="20261124000000000001",
    count=None,
    app="CNNONTAX",
    ver="1.0",
):
    bodies = "".join(
        f"<VoucherBody><Voucher>{base64.b64encode(each).decode()}</Voucher></VoucherBody>"
        for each in vouchers
    )
    return (
        '<?xml version="1.0" encoding="GBK"?><CFX><HEAD>'
        f"<APP>{app}</APP><VER>{ver}</VER><SRC>{src}</SRC><DES>{des}</DES><MsgNo>{msg_no}</MsgNo>"
        f"<MsgID>{msg_id}</MsgID><MsgRef/><WorkDate>20261124</WorkDate><Reserve/></HEAD>"
        f"<MSG><MOF><VoucherCount>{len(vouchers) if count is None else count}</VoucherCount>"
        f"{bodies}</MOF></MSG></CFX>"
    ).encode("gbk")


def sealed(msg_no, xml, token=TOKEN):
    """A whole frame around any XML."""
    mac = hashlib.sha256(token.encode() + xml).hexdigest().encode()
    size = 8 + 8 + 3 + 4 + len(xml) + 64
    return str(size).ljust(8).encode() + b"CNNONTAX1.0" + msg_no.encode() + xml + mac


def a_frame(msg_no, fields, token=TOKEN, **head):
    return sealed(msg_no, xml_of(msg_no, inner(fields), **head), token)


def a_query(pay_code, token=TOKEN, **head):
    return a_frame("8997", {"PayCode": pay_code}, token, **head)


def a_confirmation(of, serial="T0001", /, *, token=TOKEN, head=None, **changes):
    """140.00 yuan, paid at 09:59:58; a change to None leaves the field out."""
    fields = {
        "PayCode": of,
        "CfmDate": "20261124",
        "CfmTime": "095958",
        "Amt": "140.0",
        "BankOutlet": "演示支行",
        "PayMode": "13",
        "TraNoBus": serial,
        "PayerName": "演示商行",
        "RecAcctType": "1",
        "RecAcct": "0000-1111-2222-3333",
    } | changes
    kept = {name: value for name, value in fields.items() if value is not None}
    return a_frame("5996", kept, token, **(head or {}))


class Told:
    """An answer frame, taken apart by hand."""

    def __init__(self, raw):
        self.raw = raw
        self.msg_no = raw[19:23].decode()
        self.xml = raw[23:-64].decode("gbk")
        self.mac = raw[-64:].decode()
        self.voucher = base64.b64decode(re.search("<Voucher>(.*?)</Voucher>", self.xml)[1]).decode(
            "gbk"
        )

    def head(self, name):
        found = re.search(f"<{name}>(.*?)</{name}>", self.xml)
        return found[1] if found else ""

    def field(self, name):
        found = re.search(f"<{name}>(.*?)</{name}>", self.voucher)
        return found[1] if found else ""

    @property
    def result(self):
        return self.field("Result")

    def is_proved(self, token=TOKEN):
        return hashlib.sha256(token.encode() + self.raw[23:-64]).hexdigest() == self.mac


PATIENCE = 60  # seconds; on a busy machine six answers at once take a while


class Line:
    """A TCP connection to the gateway."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)

    def send(self, data, size=None):
        """Send bytes, perhaps in pieces of a size."""
        for at in range(0, len(data), size or len(data)):
            self.socket.sendall(data[at : at + (size or len(data))])

    def told(self):
        """Read one answer by its stated length; None: the gateway has hung up."""
        head = self.read(8)
        return None if head is None else Told(head + self.read(int(head) - 8))

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                assert not data, f"hung up inside an answer: {data!r}"
                return None
            data += more
        return data

    def ask(self, data, size=None):
        self.send(data, size)
        return self.told()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()
