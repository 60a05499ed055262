"""Files with a report: their kind is read from the content, and they come back as downloads."""

from hashlib import sha256

import pytest

from feeledger.files import (
    FILE_SIZE_MAX,
    FileNotAccepted,
    Upload,
    checked_files,
    download_headers,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [
        (b"%PDF-1.7 x", "application/pdf", "收据.pdf"),
        (PNG, "image/png", "收据.png"),
        (b"\xff\xd8\xff\xe0 x", "image/jpeg", "收据.jpg"),
        (b"\xff\xd8\xff\xe0 x", "image/jpeg", "收据.JPEG"),
    ],
)
def test_pdf_png_and_jpeg_are_kept_byte_for_byte(content: bytes, media_type: str, name: str):
    (kept,) = checked_files([Upload(name, content)])

    assert (kept.name, kept.media_type, kept.content) == (name, media_type, content)
    assert kept.sha256 == sha256(content).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90",
        b" %PDF-1.7",
        PNG + b"0" * FILE_SIZE_MAX,
    ],
)
def test_other_kinds_empty_and_large_files_are_refused(content: bytes):
    with pytest.raises(FileNotAccepted):
        checked_files([Upload("收据.png", content)])


def test_a_refused_file_refuses_them_all_and_six_are_too_many():
    with pytest.raises(FileNotAccepted):
        checked_files([Upload("a.png", PNG), Upload("b.png", b"x")])
    with pytest.raises(FileNotAccepted):
        checked_files([Upload("a.png", PNG)] * 6)
    assert len(checked_files([Upload("a.png", PNG)] * 5)) == 5


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\temp\\a.html", "a.html.png"),
        ("收\u202e据.png", "收据.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
        ("", "file.png"),
        ("..", "file.png"),
        ("长" * 300, "长" * 100 + ".png"),
    ],
)
def test_names_are_cleaned_and_end_as_their_content_is(name: str, kept: str):
    assert checked_files([Upload(name, PNG)])[0].name == kept


def test_a_file_is_given_back_as_a_download_that_runs_nothing():
    headers = download_headers(checked_files([Upload("收\"据';a.png", PNG)])[0])

    assert headers["Content-Disposition"].startswith('attachment; filename="____')
    assert "收" not in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    for value in headers.values():
        value.encode("ascii")
