"""URLs of servers: kept as the user wrote them, with `${NAME}` for secrets; their values are looked up to connect.

A URL is stored, shown and put into errors unexpanded, so a password in it would be too: one that is written out is
refused before anything is done with it, and nothing of the URL is repeated, for what stands where in it is a guess.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from chatctl.config import mask, variable
from chatctl.domain.errors import SourceError, ValidationError

_PLACE: Final = re.compile(r"\$\{([A-Za-z_]\w*)\}")
_ONLY_PLACES: Final = re.compile(r"(?:\$\{[A-Za-z_]\w*\})*")
_SECRET_KEY: Final = re.compile(
    r"(pass|pwd|secret|token|credential|api_?key|access_?key|private_?key)(?!.*(file|path))", re.I
)
_SECRET_WITHIN: Final = re.compile(r"\b(?:pwd|password|passwd|secret|token)\s*=\s*[{'\"]?(?!\$\{)[^;\s]", re.I)


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A URL with its variables' values in place; `secrets` are those that no message may hold."""

    url: str
    shown: str
    secrets: tuple[str, ...]

    def scrubbed(self, words: str) -> str:
        """A driver's words on one line, without any secret."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            for form in {secret, quote(secret, safe="")}:
                words = words.replace(form, "***")
        return mask(" ".join(words.split())).rstrip(".")

    def cause(self, error: Exception) -> Exception | None:
        """The driver's error to go on from, unless its own words hold a secret."""
        return error if self.scrubbed(str(error)) == " ".join(str(error).split()).rstrip(".") else None


def check(url: str) -> None:
    """Raises ValidationError for a URL with a password that is written out; its sentence repeats nothing of it."""
    authority, rest = _split(url)
    password = authority.rpartition("@")[0].partition(":")[2]
    if _ONLY_PLACES.fullmatch(password) and not _cut_short(authority, rest) and not _in_query(rest):
        return
    scheme = url.partition("://")[0]
    raise ValidationError.field(
        "source",
        "The URL holds a password, which would be kept and shown as it stands",
        "plaintext_password",
        hint=f"Name an environment variable that holds it, in single quotes: '{scheme}://USER:${{DB_PASSWORD}}@HOST/NAME'."
        " Or leave it out, where the server's driver finds it by itself (~/.pgpass).",
    )


def resolve(url: str, environment: Mapping[str, str] | None = None) -> Address:
    """The URL to connect to. Raises SourceError that names the variable if one of them is not set."""
    values = {name: _value(name, environment) for name in _PLACE.findall(url)}
    # A value may hold any character; those that have a meaning in a URL lose it.
    expanded = _PLACE.sub(lambda place: quote(values[place[1]], safe=""), url)
    return Address(
        url=expanded, shown=shown(url), secrets=tuple(values[name] for name in _secret_names(url) if values[name])
    )


def shown(url: str) -> str:
    """The URL as messages name it: scheme, user, host and database."""
    scheme, _, rest = url.partition("://")
    return mask(f"{scheme}://{rest.partition('?')[0]}")


def option(url: str, name: str) -> tuple[str, list[str]]:
    """The URL without one of its query's options, and the option's values: given several times, or with commas."""
    base, _, query = url.partition("?")
    pieces = query.split("&") if query else []
    ours = [piece for piece in pieces if piece.partition("=")[0] == name]
    others = [piece for piece in pieces if piece not in ours]
    values = [unquote(part) for piece in ours for part in piece.partition("=")[2].split(",") if part]
    return "?".join(part for part in (base, "&".join(others)) if part), values


def database_name(url: str) -> str:
    """The last part of the URL's path, or its host where it has no path; empty where that is a variable."""
    parts = urlsplit(_PLACE.sub("", url))
    return unquote(parts.path).rstrip("/").rpartition("/")[2] or (parts.netloc.rpartition("@")[2].partition(":")[0])


def _split(url: str) -> tuple[str, str]:
    """The authority (user, password, host, port) and what follows it."""
    _, _, rest = url.partition("://")
    end = min((at for sign in "/?#" if (at := rest.find(sign)) >= 0), default=len(rest))
    return rest[:end], rest[end:]


def _cut_short(authority: str, rest: str) -> bool:
    """Whether `/`, `?` or `#` in a password made what is really `user:pass` look like host and port."""
    if "@" in authority or ":" not in authority:
        return False
    path, _, query = rest.partition("?")
    return "@" in path or ("@" in query and "=" not in query)


def _in_query(rest: str) -> bool:
    pairs = parse_qsl(rest.partition("?")[2])
    return any(
        (_SECRET_KEY.search(key) and not _ONLY_PLACES.fullmatch(value)) or _SECRET_WITHIN.search(value)
        for key, value in pairs
    )


def _secret_names(url: str) -> list[str]:
    authority, rest = _split(url)
    found = _PLACE.findall(authority.rpartition("@")[0].partition(":")[2])
    for key, value in parse_qsl(rest.partition("?")[2]):
        if _SECRET_KEY.search(key) or "=" in value:
            found += _PLACE.findall(value)
    return found


def _value(name: str, environment: Mapping[str, str] | None) -> str:
    value = variable(name, environment)
    if value is None:
        raise SourceError(
            f"The environment variable {name}, which the source's URL names, is not set.",
            hint=f"Set it where commands and workers run: export {name}=…, then `chatctl worker stop` and try again.",
            variable=name,
        )
    return value
