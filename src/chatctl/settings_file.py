"""Changing the user's config.toml, comments and order kept."""

from pathlib import Path

from chatctl.config import anchored, user_file
from chatctl.domain.errors import ValidationError
from chatctl.settings import SETTINGS


def change(key: str, value: str) -> Path:
    """Set a setting, or remove it with an empty value; the file written. A relative path is taken from where we are.

    Raises ValidationError for an unknown setting, a value of the wrong kind, instructions that are no file, or
    settings that cannot be changed.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if key not in SETTINGS:
        raise ValidationError.field("key", f"There is no setting {key!r}", hint=f"Known are: {', '.join(SETTINGS)}.")
    parsed = SETTINGS[key].parse(value, "command line") if value else None
    if key == "instructions" and parsed and not Path(parsed).expanduser().is_file():
        raise ValidationError.field(key, f"There is no file {value!r}", "unknown")
    path = user_file()
    try:
        document = tomlkit.parse(path.read_bytes().decode("utf-8-sig")) if path.exists() else tomlkit.document()
        if parsed is None:
            document.pop(key, None)
        else:
            document[key] = anchored({key: parsed}, Path.cwd())[key]
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = path.resolve()  # a link into a folder of dotfiles stays one
        fresh = target.with_suffix(".toml.new")
        fresh.touch(mode=0o600)  # a URL may hold a password
        fresh.write_bytes(tomlkit.dumps(document).encode())
        fresh.replace(target)
    except (OSError, TOMLKitError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValidationError.field("config", f"{path} cannot be changed: {reason}") from error
    return path
