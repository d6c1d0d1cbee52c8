"""What the command line uses of the dashboard starts fast."""

from __future__ import annotations

import pytest

from dashboard.serve import DATABASE
from tests.conftest import ROOT
from tests.dashboard.conftest import Catalogs
from tests.test_architecture import loaded_after


@pytest.mark.parametrize("module", ["dashboard", "dashboard.export", "dashboard.terminal", "dashboard.serve"])
def test_no_page_is_loaded_for_a_table(module: str) -> None:
    assert not loaded_after(f"import {module}") & {"streamlit", "pandas", "altair", "scrapy"}


@pytest.mark.parametrize("query", ["form=Citrate", "listing=corner/gly"])
def test_a_page_with_its_charts_needs_no_frames(
    catalogs: Catalogs, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setenv(DATABASE, catalogs["later"])
    name, value = query.split("=")
    drawn = (
        "from streamlit.testing.v1 import AppTest; "
        f"app = AppTest.from_file({str(ROOT / 'dashboard' / 'app.py')!r}, default_timeout=30); "
        f"app.query_params[{name!r}] = {value!r}; app.run(); assert app.get('vega_lite_chart'), app.exception"
    )
    assert not loaded_after(drawn) & {"pandas", "pyarrow", "altair"}
