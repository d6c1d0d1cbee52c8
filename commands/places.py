"""Where the catalog and the configuration are, and opening them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from checker.errors import ConfigError

if TYPE_CHECKING:
    from catalog import Catalog
    from spiders.config import Config


@contextmanager
def catalog_of(database: str | None, demo: bool, *, write: bool = False) -> "Iterator[Catalog]":
    """The catalog, open for reading or for writing; raises CatalogError or ConfigError when there is none."""
    from catalog import open_catalog

    url = database_url(database, demo)
    if demo and not Path(url.removeprefix("sqlite:///")).exists():
        raise ConfigError("There is no demo catalog yet; make it with: maglabel demo --no-dashboard")
    with open_catalog(url, read_only=not write) as catalog:
        yield catalog


def database_url(database: str | None, demo: bool = False) -> str:
    """The catalog to work on; made-up data never mixes with real data: the demo has a file of its own."""
    name = "demo.sqlite" if demo else "catalog.sqlite"
    if database and not demo:
        return database
    return f"sqlite:///{_own(platformdirs.user_data_path) / name}"


def config_path(given: Path | None) -> Path:
    """maglabel.toml: as given, or in the user's configuration folder."""
    return given or _own(platformdirs.user_config_path) / "maglabel.toml"


def _own(folder: Callable[..., Path]) -> Path:
    """Our folder of the user's; raises ConfigError when the user has no home, as in a container."""
    try:
        return folder("maglabel", appauthor=False)
    except RuntimeError:
        raise ConfigError(
            "This user has no home folder (HOME); name the places with --database and --config."
        ) from None


def config_of(path: Path) -> "Config":
    """What maglabel.toml says; raises ConfigError."""
    from spiders.config import load_config

    return load_config(path)
