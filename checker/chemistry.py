"""Molar masses from formulas."""

from __future__ import annotations

import re
from decimal import Decimal

ATOMIC_WEIGHTS = {
    symbol: Decimal(weight)
    for symbol, weight in {
        "H": "1.008", "C": "12.011", "N": "14.007", "O": "15.999", "Mg": "24.305", "P": "30.974",
        "S": "32.06", "Cl": "35.45", "K": "39.098", "Si": "28.085", "Ca": "40.078",
    }.items()
}  # fmt: skip
"""Standard atomic weights in g/mol (IUPAC, abridged)."""

_TOKEN = re.compile(r"([A-Z][a-z]?)(\d*)|(\()|\)(\d*)")


def atoms(formula: str) -> dict[str, int]:
    """Count the atoms of a formula such as `Mg3(C6H5O7)2.9H2O`; raises ValueError when it cannot be read."""
    total: dict[str, int] = {}
    for part in formula.split("."):
        factor, body = re.match(r"(\d*)(.+)", part).groups()  # type: ignore[union-attr]
        for symbol, count in _group(body).items():
            total[symbol] = total.get(symbol, 0) + count * int(factor or 1)
    return total


def _group(body: str) -> dict[str, int]:
    stack: list[dict[str, int]] = [{}]
    position = 0
    for match in _TOKEN.finditer(body):
        if match.start() != position:
            break
        position = match.end()
        symbol, count, opened, times = match.groups()
        if opened:
            stack.append({})
            continue
        inner = {symbol: 1} if symbol else stack.pop()
        for name, number in inner.items():
            stack[-1][name] = stack[-1].get(name, 0) + number * int(count or times or 1)
    if position != len(body) or len(stack) != 1:
        raise ValueError(f"not a formula: {body!r}")
    return stack[0]


def molar_mass(formula: str) -> Decimal:
    """Molar mass in g/mol."""
    return sum((ATOMIC_WEIGHTS[symbol] * count for symbol, count in atoms(formula).items()), Decimal(0))


def magnesium_fraction(formula: str) -> Decimal:
    """Weight of magnesium in the weight of the compound, 0 to 1."""
    return ATOMIC_WEIGHTS["Mg"] * atoms(formula).get("Mg", 0) / molar_mass(formula)
