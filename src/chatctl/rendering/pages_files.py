"""Files that a command writes for its user: whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from chatctl.domain.errors import ValidationError


def write(path: str, content: bytes) -> None:
    """Put the content at the path, in place of what is there. Raises ValidationError if that cannot be done."""
    target = Path(path).expanduser()
    try:
        if target.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        if target.exists() and not target.is_file():
            # Such as a pipe or /dev/stdout, which must not be replaced by a file.
            target.write_bytes(content)
        else:
            _replace(target.resolve(), content)
    except OSError as error:
        raise ValidationError.field(
            "file", f"Cannot write {path!r}: {error.strerror or error}", "unwritable", hint="Give another path."
        ) from error


def _replace(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            # What `open` would have given it; a file of tempfile's is for its owner alone.
            os.fchmod(stream.fileno(), target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        os.replace(name, target)
    except OSError:
        with suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    """The mask can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
