"""What the command line uses of the dashboard starts fast."""

from __future__ import annotations

import pytest

from tests.test_architecture import loaded_after


@pytest.mark.parametrize("module", ["dashboard", "dashboard.export", "dashboard.terminal", "dashboard.serve"])
def test_no_page_is_loaded_for_a_table(module: str) -> None:
    assert not loaded_after(f"import {module}") & {"streamlit", "pandas", "altair", "scrapy"}
