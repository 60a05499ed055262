"""Files that come with a report, an explanation or a refund: few, small, of known kinds, never shown inline.

The kind is read from the content, never from the name or from what the sender says it is. A file is
kept byte for byte with its SHA-256 and given back as a download only.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from feeledger.errors import Invalid, Text

FILE_SIZE_MAX: Final = 5 * 1024 * 1024
FILES_MAX: Final = 5
NAME_MAX: Final = 100
KINDS: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
)
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class FileNotAccepted(Invalid):
    """A file is too large, empty, or of a kind that is not taken."""

    code = "file-not-accepted"
    title = Text("附件不符合要求", "The file is not accepted")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that was checked: its cleaned name, its kind by content, its bytes and their hash."""

    name: str
    media_type: str
    content: bytes
    sha256: str


def checked_files(uploads: Sequence[Upload]) -> tuple[KeptFile, ...]:
    """Check files one by one; one that is refused refuses them all. Raises FileNotAccepted."""
    if len(uploads) > FILES_MAX:
        raise FileNotAccepted(
            Text(
                f"附件 {len(uploads)} 个，至多 {FILES_MAX} 个。",
                f"{len(uploads)} files; send {FILES_MAX} at most.",
            )
        )
    return tuple(_checked(upload) for upload in uploads)


def download_headers(file: KeptFile) -> dict[str, str]:
    """Give the headers that make a browser save the file and run nothing of it."""
    plain = re.sub(r"[^0-9A-Za-z._-]", "_", file.name)
    return {
        "Content-Type": file.media_type,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


def _checked(upload: Upload) -> KeptFile:
    name = _clean(upload.name)
    size = len(upload.content)
    if not 0 < size <= FILE_SIZE_MAX:
        raise FileNotAccepted(
            Text(
                f"附件“{name}”有 {size} 字节，须为 1 至 {FILE_SIZE_MAX} 字节。",
                f"File {name!r} has {size} bytes; 1 to {FILE_SIZE_MAX} are taken.",
            ),
            name=name,
        )
    for magic, media_type, ending in KINDS:
        if upload.content.startswith(magic):
            digest = sha256(upload.content).hexdigest()
            return KeptFile(_with_ending(name, ending), media_type, upload.content, digest)
    raise FileNotAccepted(
        Text(
            f"附件“{name}”不是 PDF、PNG 或 JPEG。请转换后再传。",
            f"File {name!r} is neither PDF nor PNG nor JPEG. Convert it and send it again.",
        ),
        name=name,
    )


def _clean(name: str) -> str:
    """Keep the last part of a path, without hidden signs, cut to a readable length."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in UNSEEN)
    return seen.strip(" .")[:NAME_MAX] or "file"


def _with_ending(name: str, ending: str) -> str:
    """Let the name end as its content is, so that nothing is opened as what it is not."""
    endings: Mapping[str, tuple[str, ...]] = {"jpg": ("jpg", "jpeg")}
    last = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    return name if last in endings.get(ending, (ending,)) else f"{name}.{ending}"
