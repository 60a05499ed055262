"""docs/gateway.md: its program runs, and what it makes is what we read and write."""

import re
import subprocess
import sys
from pathlib import Path

from feeledger.gateway.frames import FrameReader, mac_holds
from feeledger.gateway.messages import CONFIRMATION_FIELDS, QUERY_FIELDS
from feeledger.gateway.vouchers import open_envelope, vouchers_in

TEXT = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")
PROGRAM = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1]
OUTPUT = re.search(r"```text\n(.*?)```", TEXT, re.DOTALL)[1]


def test_the_program_prints_what_the_document_says():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert done.stdout == OUTPUT


def test_the_programs_frames_are_read_here():
    made = {}
    exec(PROGRAM, made)
    reader = FrameReader()
    reader.add(made["asked"] + made["told"])

    asked, told = reader.take(), reader.take()

    assert mac_holds(asked, b"feeledger-demo-token")
    assert mac_holds(told, b"feeledger-demo-token")
    assert vouchers_in(open_envelope(asked.xml)) == ({"PayCode": "13030026000000000019"},)
    assert vouchers_in(open_envelope(told.xml))[0]["Information"] == "不存在的缴款码"


def test_every_field_that_is_read_is_described():
    assert [f.name for f in (*QUERY_FIELDS, *CONFIRMATION_FIELDS) if f.name not in TEXT] == []
