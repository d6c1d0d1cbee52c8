"""The rooms and who may import whom (docs/ARCHITECTURE.md)."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

from tests.conftest import ROOT

ARROWS = {
    "checker": set(),
    "catalog": {"checker"},
    "spiders": {"checker", "catalog"},
    "dashboard": {"checker", "catalog"},
    "commands": {"checker", "catalog", "spiders", "dashboard"},
    "maglabel": {"checker", "commands"},
}
HEAVY = ("scrapy", "pandas", "streamlit", "sqlalchemy", "alembic", "twisted")


def imports_of(path: Path) -> set[str]:
    """Top-level names that a file imports, wherever in the file the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def files_of(room: str) -> list[Path]:
    return [ROOT / "maglabel.py"] if room == "maglabel" else sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    files = files_of(room)
    assert files
    for path in files:
        others = (imports_of(path) & ARROWS.keys()) - {room}
        assert others <= ARROWS[room], f"{path.relative_to(ROOT)} imports {others - ARROWS[room]}"


def test_only_the_catalog_speaks_sql() -> None:
    for room in ARROWS.keys() - {"catalog"}:
        for path in files_of(room):
            assert not imports_of(path) & {"sqlalchemy", "sqlite3", "psycopg", "alembic"}, path.relative_to(ROOT)


def loaded_after(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after a statement."""
    code = f"{statement}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_the_checker_loads_nothing_heavy() -> None:
    loaded = loaded_after("import checker; checker.read_label('Magnesium (as magnesium citrate) 100 mg 24%')")
    assert "pydantic" in loaded
    assert not loaded & {*HEAVY, "typer", "rich", "lxml", "spiders", "catalog", "dashboard"}


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_after(
        "import maglabel\ntry: maglabel.app(['--help'])\nexcept SystemExit as end: assert not end.code, end.code"
    )
    assert "typer" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.filterwarnings("ignore:A test tried to use socket:UserWarning")
def test_no_test_reaches_past_this_machine() -> None:
    with pytest.raises(SocketConnectBlockedError), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))  # TEST-NET-1, RFC 5737
