"""How fast labels are read and checked, as ratios to other parsers in the same run and on the same core."""

from __future__ import annotations

import json
import logging
import re
import statistics
import string
import time
import warnings
from collections.abc import Callable, Sequence
from random import Random

from checker import check_label, read_label
from checker.lexicon import trie_pattern

PANEL = """Supplement Facts
Serving Size: {capsules} Capsules
Servings Per Container: {servings}
Amount Per Serving | % Daily Value
Vitamin D3 (as cholecalciferol) | 25 mcg | 125%
Vitamin B6 (as pyridoxine HCl) | 10 mg | 588%
Calcium (as calcium citrate) | 200 mg | 15%
Magnesium (as magnesium {form}) | {mg} mg | {percent}%
Zinc (as zinc picolinate) | 15 mg | 136%
Potassium (as potassium citrate) | 99 mg | 2%
L-Theanine | 100 mg | **
Other Ingredients: Hypromellose, rice flour, magnesium stearate, silicon dioxide."""
"""A panel of twelve lines."""

FORMS = ("bisglycinate", "citrate", "malate", "oxide", "taurate", "citrate, magnesium oxide")
HOSTILE = (
    "magnesium (as ",
    "magnesium 200 mg 48% ",
    "(",
    "1,",
    "magnesium citrate, ",
    "per 2 capsules ",
    "a",
    "excipients: ",
    "\n-",
)


def panels(count: int) -> list[str]:
    """Different panels of twelve lines."""
    made = []
    for number in range(count):
        mg = 50 + number % 350
        made.append(
            PANEL.format(
                capsules=1 + number % 4,
                servings=30 + number % 90,
                form=FORMS[number % len(FORMS)],
                mg=mg,
                percent=round(mg / 4.2),
            )
        )
    return made


def seconds_each(work: Callable[[str], object], texts: Sequence[str], rounds: int = 5) -> float:
    """Seconds a text: the median of several rounds over all texts."""
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        for text in texts:
            work(text)
        spent.append((time.perf_counter() - start) / len(texts))
    return statistics.median(spent)


def read_and_check(text: str) -> object:
    """What every label goes through."""
    return check_label(read_label(text, title="Magnesium 200 mg, 120 Capsules", market="US"))


def quantities(text: str) -> object:
    """The same text through quantulum3, which finds quantities only."""
    from quantulum3 import parser

    return parser.parse(text)


def names_per_second(count: int) -> float:
    """Texts a second through a matcher of so many names."""
    random = Random(7)
    names = {"".join(random.choices(string.ascii_lowercase, k=12)) for _ in range(count)}
    pattern = re.compile(r"(?<![^\W\d_])(?:" + trie_pattern(sorted(names)) + ")")
    line = "magnesium (as magnesium bisglycinate chelate) 200 mg 48% two capsules " * 20
    return 1 / seconds_each(lambda text: sum(1 for _ in pattern.finditer(text)), [line] * 30)


def hostile_ratio(piece: str) -> float:
    """Time of one page of a million characters of repetition to that of two of half a million."""
    half = (piece * (500_000 // len(piece) + 1))[:500_000]

    def timed(text: str) -> float:
        start = time.perf_counter()
        read_label(text)
        return time.perf_counter() - start

    return min(timed(half * 2) for _ in range(2)) / (2 * min(timed(half) for _ in range(2)))


def main() -> None:
    """Print the ratios."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    ours = seconds_each(read_and_check, panels(300))
    theirs = seconds_each(quantities, panels(20), rounds=3)
    document = json.dumps(
        {"name": "magnesium", "rows": [{"name": f"row {n}", "quantity": n, "unit": "mg"} for n in range(45)]}
    )
    plain = seconds_each(json.loads, [document] * 300)
    print(f"read and check        {1 / ours:9,.0f} twelve-line panels/s")
    print(
        f"to quantulum3         {theirs / ours:9.1f} x as many panels as it parses for quantities ({1 / theirs:.0f}/s)"
    )
    print(f"to json.loads         {ours / plain:9.1f} x the time of a document of {len(document):,} characters")
    small, large = names_per_second(60), names_per_second(6_000)
    print(f"form matcher          {small / large:9.2f} x the time with 6,000 names to that with 60")
    without = seconds_each(read_label, [PANEL.replace("agnesium", "anganese")] * 300)
    print(f"page without it       {without / ours:9.3f} x the time of a panel with magnesium")
    for piece in HOSTILE:
        print(f"hostile {piece.strip()[:13]!r:<16}{hostile_ratio(piece):7.2f} x the time of two halves")


if __name__ == "__main__":
    main()
