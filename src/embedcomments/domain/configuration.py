"""How an instance is set up: typed, from a TOML file and the environment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from embedcomments.domain.errors import InvalidRequest

ENVIRONMENT_PREFIX = "EMBEDCOMMENTS_"


@dataclass(frozen=True, kw_only=True)
class Config:
    """The instance's configuration.

    - ``database_url``: where the database is, as ``postgresql://USER:PASSWORD@HOST/NAME``; None means SQLite in
      ``data_dir``, which also holds the secret key.
    - ``redis_url``: a Redis or Valkey that several machines share, for the live feed's hints and for rate limits.
    - ``public_url``: how browsers reach this server; None means where ``embedcomments serve`` listens.
    - ``plugins_dir``: a folder whose ``*.py`` files are plugins. ``disabled_plugins``: names that are not loaded.
    - ``trusted_proxies``: how many proxies in front may be believed about ``X-Forwarded-*``.
    - ``hook_timeout_s``: how long a plugin may take for one hook; what that means for a comment is the site's choice.
    - ``posts_per_minute``: new comments and edits from one network; 0 means no limit.
    - ``max_body_bytes``: longest body of a JSON call.
    - ``feed_max_sockets``, ``feed_max_sockets_per_address``: open sockets in one process.
    - ``outbound_ports``: ports of other servers that this one connects to. ``outbound_allow``: addresses or networks
      that it may reach although they are not public. ``contact``: an address that its requests name, "" for
      ``public_url``.
    - ``smtp_url``: the server that takes mail, ``smtp://USER:PASSWORD@HOST:587`` (with STARTTLS), ``smtps:`` (TLS from
      the start, 465) or ``smtp+plain:`` (unprotected, without a password, 25); None: mail is not set up.
      ``mail_from``: whom it is from, as ``Comments <comments@example.com>``.
    - ``log_level``: debug, info, warning or error. ``plugins``: instance settings by plugin name.
    """

    data_dir: Path
    database_url: str | None = None
    redis_url: str | None = None
    public_url: str | None = None
    plugins_dir: Path | None = None
    disabled_plugins: tuple[str, ...] = ()
    trusted_proxies: int = 0
    hook_timeout_s: float = 2.0
    posts_per_minute: int = 20
    max_body_bytes: int = 65_536
    feed_max_sockets: int = 20_000
    feed_max_sockets_per_address: int = 100
    outbound_ports: tuple[int, ...] = (80, 443)
    outbound_allow: tuple[str, ...] = ()
    contact: str = ""
    smtp_url: str | None = None
    mail_from: str = ""
    log_level: str = "info"
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def sqlite_path(self) -> Path:
        """Where the embedded database lives when no URL is given."""
        return self.data_dir / "embedcomments.sqlite3"


def config_from(values: Mapping[str, Any], environment: Mapping[str, str], *, data_dir: Path) -> Config:
    """A Config of defaults, then ``values`` (a parsed TOML file), then ``EMBEDCOMMENTS_*`` variables.

    Raises InvalidRequest that names an unknown or ill-typed setting.
    """
    merged: dict[str, Any] = {"data_dir": data_dir}
    known = {item.name: item for item in fields(Config)}
    for name, value in values.items():
        if name not in known:
            raise InvalidRequest(f"Unknown setting {name!r} in the configuration file.")
        merged[name] = _coerce(name, known[name].type, value)
    for variable, text in environment.items():
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if variable.startswith(ENVIRONMENT_PREFIX) and name in known and name not in ("plugins", "data_dir"):
            merged[name] = _coerce(name, known[name].type, text)
    return Config(**merged)


def _coerce(name: str, kind: object, value: Any) -> Any:
    kind = str(kind)
    try:
        if kind.startswith("tuple"):
            parts = value.replace(",", " ").split() if isinstance(value, str) else list(value)
            return tuple(int(part) if "int" in kind else str(part) for part in parts)
        if kind == "int":
            return int(value)
        if kind == "float":
            seconds = float(value)
            if not 0 < seconds < math.inf:
                raise ValueError(value)
            return seconds
        if kind.startswith("Path"):
            return Path(value) if value else None
        if kind.startswith("Mapping"):
            return {plugin: dict(settings) for plugin, settings in value.items()}
        if not isinstance(value, str):
            raise ValueError(value)
        return value or None if "None" in kind else value
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidRequest(f"The setting {name!r} cannot be {value!r}; it must be {kind}.") from error
