"""The comparison as a pandas frame and as Parquet."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal

import pandas as pd

from catalog import COMPARISON_COLUMNS
from dashboard.frame import to_frame, to_parquet
from tests.dashboard.rows import SEEN, row, unknown


def test_a_frame_has_numbers_to_count_with_and_tells_the_unknown_from_zero() -> None:
    frame = to_frame([row(), row(elemental_mg=Decimal(100), forms=("citrate", "oxide")), unknown()])
    assert list(frame.columns) == list(COMPARISON_COLUMNS)
    assert frame["elemental_mg"].median() == 150
    assert frame["elemental_mg"].isna().tolist() == [False, False, True]
    assert frame["forms"].tolist() == ["glycinate", "citrate; oxide", "unspecified"]
    assert frame["seen_at"].iloc[0] == pd.Timestamp(SEEN)


def test_parquet_is_read_as_it_was_written() -> None:
    rows = [row(title="=1+1 <b>\u202e"), unknown(), replace(row(), servings_per_container=None)]
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(to_parquet(rows))), to_frame(rows))


def test_no_rows_still_have_their_columns_and_types() -> None:
    empty = pd.read_parquet(io.BytesIO(to_parquet([])))
    assert empty.dtypes.equals(to_frame([row()]).dtypes)
