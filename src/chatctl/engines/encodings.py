"""Text files of any common encoding as UTF-8, which is what DuckDB reads."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from chatctl.domain.errors import SourceError

HEAD: Final = 128 * 1024
_CHUNK: Final = 4 * 1024 * 1024
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
UTF8: Final = "utf-8"
_BROKEN_UTF8: Final = "utf_8"
"""The same codec by its other name: UTF-8 with bytes that have to be replaced."""
_NAMES: Final = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32", "cp1252": "Latin-1 (Windows-1252)"}


def detect(path: Path) -> str:
    """The Python name of the text's encoding: by its byte order mark, else UTF-8 if all of it is, else by its bytes.

    A file with a few broken bytes among proper UTF-8 counts as UTF-8. Raises SourceError for an empty or binary file.
    """
    with _open(path) as file:
        head = file.read(HEAD)
    if not head.strip(b"\r\n\t \0" + codecs.BOM_UTF8):
        raise SourceError(f"{path.name} is empty.", hint="It has no row of data, nor a header.")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        return _utf16_without_mark(head, path)
    return _eight_bit(path)


def head_text(path: Path, encoding: str) -> str:
    """The first lines of the file as text, without the last, broken one if there is more."""
    with _open(path) as file:
        raw = file.read(HEAD)
        more = bool(file.read(1))
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(raw)
    cut = max(text.rfind("\n"), text.rfind("\r"))
    return text[: cut + 1] if more and cut >= 0 else text


def rewrite(path: Path, encoding: str, target: Path) -> None:
    """The file as UTF-8 with plain newlines at `target`; what cannot be decoded becomes U+FFFD. Raises OSError."""
    with (
        _open(path) as raw,
        codecs.getreader(encoding)(raw, "replace") as text,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        held = ""
        while chunk := text.read(_CHUNK):
            chunk = held + chunk
            # A pair \r\n must not be torn apart at the end of a chunk.
            held = "\r" if chunk.endswith("\r") else ""
            out.write(chunk.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n"))
        out.write("\n" if held else "")


def notes(encoding: str) -> list[str]:
    """What a user should know of the encoding: nothing of UTF-8."""
    if encoding in (UTF8, "utf-8-sig"):
        return []
    if encoding == _BROKEN_UTF8:
        return ["some of its bytes are not UTF-8 and were replaced by \ufffd"]
    return [f"it is {_NAMES.get(encoding, encoding.upper())} text and was converted to UTF-8"]


@contextmanager
def unpacking(path: Path) -> Iterator[None]:
    """Raise SourceError where a file that is read inside turns out not to be gzip as its name says."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{path.name} is not a gzip file, or a damaged one.", hint=str(error)) from error


def lines(path: Path) -> Iterator[str]:
    """The lines of UTF-8 text, without their ends."""
    with _open(path) as file:
        for line in file:
            yield line.decode("utf-8", "replace").strip()


def first_letter(path: Path) -> str:
    """The first letter of UTF-8 text that is no white space."""
    return next((line[0] for line in lines(path) if line), "")


def last_letter(path: Path) -> str:
    """The last letter of UTF-8 text that is no white space."""
    held = b""
    for chunk in _chunks(path):
        held = chunk.rstrip()[-4:] or held
    return held.decode("utf-8", "ignore")[-1:]


def count_lines(path: Path) -> int:
    """The number of newlines in the file, unpacked."""
    return sum(chunk.count(b"\n") for chunk in _chunks(path))


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def _chunks(path: Path) -> Iterator[bytes]:
    with _open(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _utf16_without_mark(head: bytes, path: Path) -> str:
    pairs = len(head) // 2
    if head[1::2].count(0) > pairs * 0.7 and head[::2].count(0) < pairs * 0.1:
        return "utf-16-le"
    if head[::2].count(0) > pairs * 0.7 and head[1::2].count(0) < pairs * 0.1:
        return "utf-16-be"
    raise SourceError(f"{path.name} is not a text file.", hint="Its bytes are binary, whatever its name says.")


def _eight_bit(path: Path) -> str:
    strict = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path):
            strict.decode(chunk)
        strict.decode(b"", final=True)
    except UnicodeDecodeError:
        return _BROKEN_UTF8 if _mostly_utf8(path) else "cp1252"
    return UTF8


def _mostly_utf8(path: Path) -> bool:
    """Whether broken bytes are fewer than proper letters beyond ASCII."""
    lenient = codecs.getincrementaldecoder("utf-8")(errors="replace")
    broken = proper = 0
    for chunk in _chunks(path):
        text = lenient.decode(chunk)
        bad = text.count("\ufffd")
        broken += bad
        proper += len(text) - len(text.encode("ascii", "ignore")) - bad
    return proper > broken
