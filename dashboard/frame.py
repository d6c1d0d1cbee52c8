"""The comparison as a pandas frame, for notebooks and for Parquet. Pure functions of its rows."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pandas as pd

from catalog import COMPARISON_COLUMNS, ComparisonRow

_DTYPES: dict[Any, Any] = {
    str: "string",
    bool: "boolean",
    int: "Int64",
    Decimal: "Float64",
    datetime: "datetime64[us, UTC]",
    tuple[str, ...]: "string",
}
"""By the type of a row's field; all of them tell what is not stated (`pandas.NA`) from every value."""


def to_frame(rows: Iterable[ComparisonRow]) -> pd.DataFrame:
    """A frame of the comparison columns, a row a product: amounts as floats, the unknown as NA, times in UTC.

    Several values are joined by "; ", as in the CSV: of lists pandas writes a Parquet type that it does not read again.
    """
    listed = list(rows)
    return pd.DataFrame(
        {
            name: pd.array([_cell(getattr(row, name)) for row in listed], dtype=_dtype(name))
            for name in COMPARISON_COLUMNS
        }
    )


def _cell(value: object) -> object:
    return "; ".join(value) if isinstance(value, tuple) else value


def to_parquet(rows: Iterable[ComparisonRow]) -> bytes:
    """A Parquet file of `to_frame`."""
    out = io.BytesIO()
    to_frame(rows).to_parquet(out, index=False)
    return out.getvalue()


_HINTS = get_type_hints(ComparisonRow)


def _dtype(column: str) -> Any:
    """Of a column whose field is `type` or `type | None`."""
    hint = _HINTS[column]
    return _DTYPES[hint] if hint in _DTYPES else _DTYPES[get_args(hint)[0]]
