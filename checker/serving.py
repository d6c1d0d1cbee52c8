"""Serving size, servings per container and a day, and what a printed unit means."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from checker.lexicon import table, words
from checker.models import Serving

_COUNT = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ein": 1, "eine": 1, "einer": 1, "zwei": 2, "drei": 3,
    "un": 1, "una": 1, "uno": 1, "une": 1, "deux": 2, "dos": 2, "due": 2, "trois": 3, "tre": 3, "tres": 3, "each": 1, "cada": 1, "jeder": 1,
    "jede": 1, "every": 1, "chaque": 1, "ogni": 1, "jedna": 1, "jeden": 1, "jedno": 1, "yksi": 1, "egy": 1, "fiecare": 1, "една": 1, "одна": 1,
    "tiap": 1, "setiap": 1, "mỗi": 1, "um": 1, "uma": 1, "een": 1, "elke": 1, "½": Decimal("0.5"), "half": Decimal("0.5"), "1/2": Decimal("0.5"),
    "1/4": Decimal("0.25"), "¼": Decimal("0.25"), "¾": Decimal("0.75"), "single": 1, "seven": 7, "nine": 9, "ten": 10, "jediná": 1,
}  # fmt: skip
_NUMBER = r"\d+(?:[.,]\d+)?"
_LABEL = (
    r"serving size|portionsgröße|portion size|serv\. size|serving|dosis diaria|dose giornaliera|porción|porção(?: de)?|tagesdosis|"
    r"tagesportion|amount per|per serving of|adagolás|dienné dávka|denná dávka|denní dávka|päiväannos|dose journalière|dagdosering"
)


@cache
def unit_names() -> dict[str, str]:
    """Unit word -> singular English key."""
    return {word: key for key, group in table("units")["serving"].items() for word in group}


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    units = "|".join(re.escape(u) for u in sorted(unit_names(), key=len, reverse=True))
    counts = "|".join(re.escape(c) for c in sorted(_COUNT, key=len, reverse=True))
    adjective = r"(?:(?:level|rounded|heaping|veggie|vegetable|vegetarian|chewable|hard|soft|veg|v|film-coated|film coated|enteric|coated|yummi|твърда|delayed|slow|quick|plant|mini|vegetal\w*|vegan|heaped|full)[\s-]+)*"
    quantity = (
        rf"(?P<low>{_NUMBER}|\b(?:{counts})\b|[½¼¾])(?:\s*(?:-|to|bis|à|a|or|o)\s*(?P<high>{_NUMBER}))?(?:\s*\(\w+\))?"
    )
    unit = rf"\s*-?{adjective}(?P<unit>{units})(?:\(s\)|s\b)?(?![^\W\d_])"
    per = "|".join(re.escape(w) for w in sorted(words("per"), key=len, reverse=True))
    return (
        re.compile(rf"(?:{_LABEL})\s*:?\s*\(?(?:about|ca\.?|approx\.?)?\s*{quantity}{unit}"),
        re.compile(
            rf"(?<![^\W\d_])(?:{per})\s+(?:(?:daily|tagesdosis|serving|portion|dose|dosis)\s*)?(?:\(|of|de|di|à|von)?\s*{quantity}{unit}"
        ),
        re.compile(
            rf"(?<![^\W\d_]){quantity}{unit}\s*(?:\([^)\n]*\)\s*|,[^,\n]{{0,30}},\s*)?(?:typically\s+)?(?:contains?|provides?|enth\w+|contiene\w*|contienen|contém|contient|содержит|містить|mengandung|zawiera\w*|obsahuj\w*|tartal\w*|sisält\w*|съдържа|conține|conţine|chứa|geeft|bevat\w*|inneh\w*|delivers?|supplies|supply|apport\w*|中|あたり|当たり|당)"
        ),
        re.compile(rf"(?<![^\W\d_])(?:{per})\s+{unit.replace(chr(92) + 's*-?', chr(92) + 's*', 1)}"),
        re.compile(rf"(?:take|tomar|consumir|prendre|assumere|einnehmen|nehmen|take:)\s+{quantity}{unit}"),
        re.compile(rf"(?:excipients?|excipiente|excipienti)[^\n]{{0,20}}q\.?s\.?p?\.?[^\n]{{0,60}}?{quantity}{unit}"),
        re.compile(rf"(?m)^\s*{quantity}{unit}\.?\s*:?\s*$"),
        re.compile(rf"{quantity}{unit}\s*(?:per serving|each serving)"),
    )


def read_serving(low: str) -> tuple[Serving, tuple[int, int]] | None:
    """The serving that the amounts belong to, with its place; None when the text states none."""
    for number, pattern in enumerate(_patterns()):
        match = pattern.search(low)
        if not match:
            continue
        groups = match.groupdict()
        low_quantity = _quantity(groups.get("low") or "1")
        high = groups.get("high")
        unit = unit_names().get(groups["unit"], None)
        if number in (1, 3) and unit in ("g", "ml", "serving"):
            continue
        text = low[match.start() : match.end()].strip()
        return (
            Serving(quantity=low_quantity, quantity_max=_quantity(high) if high else None, unit=unit, text=text),
            match.span(),
        )
    return None


def _quantity(text: str) -> Decimal:
    return Decimal(_COUNT[text]) if text in _COUNT else Decimal(text.replace(",", "."))


_CONTAINER = (
    re.compile(r"(?:servings? per (?:container|bottle|package|pack|tub|jar|box)|serv(?:ings)?\.? per cont\w*|portionen pro (?:packung|dose|beutel)|servings?)\s*[:|]?\s*(?:about|approx\.?|approximately|~|ca\.?)?\s*(\d{1,4})(?!\d|[.,]\d|\s*(?:mg|g|%|capsule|tablet|scoop|ml|gumm))"),
    re.compile(r"(\d{1,4})\s*(?:servings?|portionen|porciones|porções|dosi|doses|portions)\b(?!\s*(?:size|per day))"),
)  # fmt: skip


def read_servings_per_container(low: str) -> tuple[int, tuple[int, int]] | None:
    """Servings per container with the place; None when not stated or stated as alternatives ("30 or 60 servings")."""
    for pattern in _CONTAINER:
        for match in pattern.finditer(low):
            before = low[max(0, match.start() - 8) : match.start()]
            if re.search(r"\bor\s*$|/\s*$|\boder\s*$|-\s*$", before):
                return None
            return int(match[1]), match.span()
    return None


_DAILY = re.compile(
    r"(\d|one|two|three|four|once|twice)(?:\s*(?:-|to)\s*(\d|two|three|four))?\s*(?:times?|x|×)?\s*(?:daily|a day|per day|täglich|al día|par jour|al giorno)"
)


def read_daily(low: str, serving: Serving | None) -> tuple[Decimal, Decimal] | None:
    """Servings a day that the label directs ("twice daily", "3 times a day")."""
    match = re.search(
        r"(?:(\d)\s*(?:(?:-|to)\s*(\d)\s*)?(?:times|x|mal|veces|fois|volte)\s*(?:a day|daily|per day|täglich|am tag|al día|par jour|al giorno))|\b(once|twice)\s*(?:daily|a day|per day)",
        low,
    )
    if not match:
        return None
    if match[3]:
        count = Decimal(1 if match[3] == "once" else 2)
        return count, count
    return Decimal(match[1]), Decimal(match[2] or match[1])
