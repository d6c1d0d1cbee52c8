"""maglabel.toml: where to collect from. Small, made to be edited by hand; what it does not know it refuses by name.

contact = "mailto:you@example.org"      # goes into the User-Agent; optional
on_finish = "/usr/local/bin/tell-me"    # a command that every refresh runs at its end; optional
[sources.acme]
url = "https://acme.example/"
kind = "shopify"                        # see spiders/kinds.py
delay = 1.0                             # seconds between requests to the host; 0 only for loopback
market = "US"                           # optional, as are currency, enabled, deep
timeout = 60                            # seconds for one whole answer
max_requests = 100000                   # what one refresh of the source may cost; then it ends as partial
max_bytes = 5000000000
max_seconds = 86400
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import tomlkit
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic import model_validator as check_model
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from tomlkit.exceptions import TOMLKitError

from checker.errors import ConfigError
from spiders.kinds import KINDS, PACE, PACE_WITH_KEY

NAME = re.compile(r"[a-z0-9_-]{1,64}")
WANTED = {
    "bulk": "the address of a zip file, or its path",
    "contact": "an address such as mailto:you@example.org (no blanks or parentheses)",
    "currency": "a three-letter code such as USD",
    "delay": "a number of seconds",
    "enabled": "true or false",
    "deep": "true or false",
    "barcodes": "true or false",
    "kind": f"one of {', '.join(KINDS)}",
    "market": "a code such as US",
    "max_bytes": "a number of bytes, 1 or more",
    "max_requests": "a number of requests, 1 or more",
    "max_seconds": "a number of seconds, more than 0",
    "on_finish": "a command line",
    "sources": "tables such as [sources.acme]",
    "timeout": "a number of seconds, more than 0 and at most 600",
    "url": "an address such as https://acme.example/",
}
WRITTEN = ("url", "kind", "delay", "market", "currency", "barcodes", "bulk")
"""What a new entry says of its source, where it is not nothing; the rest has defaults that fit nearly all."""
LEAST_DELAY = 0.5
"""Seconds; what the label database asks for. Less is for loopback only."""
MOST_DELAY = 3600.0
"""Seconds."""
COMMENTS = {
    "barcodes": "one more request for each product with magnesium, for its bar codes",
    "bulk": "the whole database, read by the first refresh and by --deep",
    "delay": "seconds between two requests to the host",
    "market": "whose Daily Values and limits apply",
    "currency": "of the prices, where the shop does not say it",
}
"""What `add_source` writes behind a key."""


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine: localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_UPPER = BeforeValidator(lambda value: value.strip().upper() if isinstance(value, str) else value)
Market = Annotated[str, _UPPER, Field(pattern=r"^[A-Z]{2,3}$")]
Currency = Annotated[str, _UPPER, Field(pattern=r"^[A-Z]{3}$")]
Kind = Annotated[str, Field(pattern=rf"^({'|'.join(KINDS)})$")]
Contact = Annotated[str, Field(pattern=r"^[!-'*-~]{3,200}$")]
"""Printable ASCII without blanks and parentheses: it stands inside parentheses in a header."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceConfig(_Strict):
    """One `[sources.NAME]` of maglabel.toml."""

    url: str
    """Base address, ending in a slash; what the platform offers is looked for below it."""
    kind: Kind
    delay: float = Field(default=1.0, ge=0, le=MOST_DELAY, allow_inf_nan=False)
    """Seconds between two requests to the host; 0 only on loopback."""
    market: Market | None = None
    """US, CA, UK, EU, AU ...: whose Daily Values and limits apply."""
    currency: Currency | None = None
    """ISO 4217 code of the prices, when the shop does not say it."""
    enabled: bool = True
    bulk: str | None = None
    """Address, or path on this machine, of the whole label database as one zip; for the first fill."""
    barcodes: bool = False
    """Whether to ask a Shopify shop for each product with magnesium by itself: its list holds no bar codes."""
    deep: bool = False
    """Read what is known already, and product pages whose address does not name magnesium, too."""
    timeout: float = Field(default=60.0, gt=0, le=600)
    """Seconds for one whole answer."""
    max_requests: int = Field(default=100_000, ge=1)
    """Requests of one refresh; the label database's magnesium labels are about 30,000."""
    max_bytes: int = Field(default=5_000_000_000, ge=1)
    """Bytes of one refresh, as they come over the network."""
    max_seconds: float = Field(default=86_400.0, gt=0, allow_inf_nan=False)
    """Seconds of one refresh."""

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as https://acme.example/")
        if parts.username or parts.password:
            raise ValueError("must not hold a user name or password")
        return parts._replace(query="", fragment="", path=parts.path.rstrip("/") + "/").geturl()

    @check_model(mode="after")
    def _polite(self) -> SourceConfig:
        if self.delay < LEAST_DELAY and not is_loopback(self.url):
            raise ValueError(f"delay must be at least {LEAST_DELAY} s (0 is for loopback only), not {self.delay:g}")
        return self

    @field_validator("bulk")
    @classmethod
    def _bulk(cls, value: str | None) -> str | None:
        if value is None or value.startswith(("https://", "http://")) or Path(value).expanduser().is_absolute():
            return value
        raise ValueError(
            "must be an address such as https://acme.example/all.zip, or a whole path such as /data/all.zip"
        )

    @check_model(mode="after")
    def _bulk_of_labels(self) -> SourceConfig:
        if self.bulk and self.kind != "dsld":
            raise ValueError(f"bulk is for the label database (kind dsld), not for {self.kind}")
        return self

    def paced(self, *, key: bool = False) -> SourceConfig:
        """The source with the delay that its kind needs at least (`kinds.PACE`); loopback needs none."""
        if is_loopback(self.url):
            return self
        least = (PACE | PACE_WITH_KEY if key else PACE).get(self.kind, 0.0)
        return self.model_copy(update={"delay": max(self.delay, least)})

    @classmethod
    def checked(cls, name: str, values: Mapping[str, Any]) -> SourceConfig:
        """The source from untrusted values; raises ConfigError with a sentence that names the source and the key."""
        check_name(name)
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError(
                f"The source {name} cannot be used: {_sentence(error, Config, ('sources', name))}"
            ) from None


class Config(_Strict):
    """The whole of maglabel.toml."""

    contact: Contact | None = None
    """An address or page that a shop can complain to; goes into the User-Agent."""
    on_finish: str | None = None
    """A command that every refresh runs at its end (docs/OPERATIONS.md)."""
    sources: dict[str, SourceConfig] = {}


class Secrets(BaseSettings):
    """What comes from the environment only, never from a file: `MAGLABEL_DSLD_KEY`."""

    model_config = SettingsConfigDict(env_prefix="MAGLABEL_", frozen=True)

    dsld_key: SecretStr | None = None
    """Free key for the label database; lifts its hourly limit."""


def check_name(name: str) -> None:
    """Raises ConfigError unless the name can name a source: lower-case letters, digits, - and _."""
    if not NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot name a source: use lower-case letters, digits, - and _ (at most 64).")


def load_config(path: Path) -> Config:
    """What the file says; a missing file is an empty Config. Raises ConfigError that names the file and the key."""
    try:
        return _validated(tomllib.loads(_read(path)), path)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None


def add_source(path: Path, name: str, source: SourceConfig, notes: Iterable[str] = ()) -> None:
    """Write the source into the file with notes above its keys; comments that are there stay as they are.

    Raises ConfigError when the name is taken.
    """
    check_name(name)
    document = _document(path)
    sources = document.setdefault("sources", tomlkit.table(is_super_table=True))
    if name in sources:
        raise ConfigError(f"{path} has a source {name} already; choose another with --name, or remove it first.")
    table = tomlkit.table()
    for note in notes:
        table.add(tomlkit.comment(note))
    said = source.model_dump(include=set(WRITTEN))
    for key in (key for key in WRITTEN if said[key] is not None and said[key] is not False):
        item = tomlkit.item(said[key])
        table[key] = item.comment(COMMENTS[key]) if key in COMMENTS else item
    sources[name] = table
    _write(path, document)


def remove_source(path: Path, name: str) -> None:
    """Take the source out of the file, keeping comments; raises ConfigError when it is not there."""
    document = _document(path)
    sources = document.get("sources", {})
    if name not in sources:
        raise ConfigError(f"{path} has no source {name}.{_hint(name, list(sources))}")
    del sources[name]
    if not sources:
        del document["sources"]
    _write(path, document)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not text in UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def _document(path: Path) -> tomlkit.TOMLDocument:
    """The file for editing; a file that `load_config` refuses is not edited."""
    load_config(path)
    try:
        return tomlkit.parse(_read(path))
    except TOMLKitError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None


def _write(path: Path, document: tomlkit.TOMLDocument) -> None:
    """Replace the file as a whole: whoever reads it meanwhile sees the old or the new one."""
    text = tomlkit.dumps(document)
    _validated(tomllib.loads(text), path)
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, "utf-8", newline="")
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from None


def _validated(values: dict[str, Any], path: Path) -> Config:
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_sentence(error, Config)}") from None
    for name in config.sources:
        if not NAME.fullmatch(name):
            raise ConfigError(f"{path}: sources.{name}: a source's name is lower-case letters, digits, - and _.")
    return config


def _sentence(error: ValidationError, model: type[BaseModel], above: tuple[str, ...] = ()) -> str:
    """The first thing that is wrong, as one sentence that names the key and, for a typo, the key that was meant."""
    first: ErrorDetails = error.errors()[0]
    place = (*above, *map(str, first["loc"]))
    key = ".".join(place)
    if first["type"] == "missing":
        return f"{key} is missing."
    if first["type"] == "value_error":
        return f"{key}: {first['msg'].removeprefix('Value error, ')}."
    if first["type"] != "extra_forbidden":
        return f"{key} must be {WANTED.get(place[-1], 'a table such as [sources.acme]')}, not {first['input']!r}."
    known = list((SourceConfig if len(place) > 1 else model).model_fields)
    return f"{key} is not a setting.{_hint(place[-1], known)} Known: {', '.join(known)}."


def _hint(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f" Did you mean {near[0]}?" if near else ""
