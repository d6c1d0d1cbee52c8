"""What a product's title says: forms when the text names none, and claims that are never a dose."""

from __future__ import annotations

import re
from decimal import Decimal

from checker.forms import EXCIPIENT_FORMS
from checker.models import Claim, trusted
from checker.phrases import Phrase, phrases
from checker.statements import read_line
from checker.text import Text
from checker.tokens import Token, milligrams, tokens

_PACK_MG = 5000
"""An amount in a title from here on is the weight of the pack."""

_NAMED_AFTER = re.compile(r"(?<![^\W\d_])magnes")


def is_named_after_magnesium(title: str) -> bool:
    """Whether a word of a title begins as magnesium does, such as a medicine's name."""
    return _NAMED_AFTER.search(title) is not None


def read_title(heading: Text) -> tuple[bool, tuple[str, ...], tuple[Claim, ...]]:
    """Whether the title names magnesium, the forms it names, and its claims."""
    found = tokens(heading.low)
    kinds = [token.kind for token in found]
    metal = "magnesium" in kinds
    if not metal and "name" not in kinds:
        return False, (), ()
    names = phrases(found, heading.low)
    compounds = [p for p in names if p.kind == "compound" or (p.kind == "ligand" and metal)]
    forms = tuple(dict.fromkeys([f for p in compounds for f in p.forms]))
    if EXCIPIENT_FORMS.intersection(forms):
        return False, (), ()
    claims = [
        trusted(Claim, form=of[0] if len(of) == len(forms) == 1 else None, mg=mg, quote=heading.raw)
        for of, mg in (_amounts(found, kinds, names, forms, heading.low) if "amount" in kinds else ())
    ]
    if forms:
        claimed = {claim.form for claim in claims}
        claims += [trusted(Claim, form=form, mg=None, quote=heading.raw) for form in forms if form not in claimed]
    return True, forms, tuple(claims)


def _amounts(
    found: list[Token], kinds: list[str], names: list[Phrase], forms: tuple[str, ...], low: str
) -> list[tuple[tuple[str, ...], Decimal]]:
    """The amounts that belong to magnesium, with their forms; a title's only amount does when it names nothing else."""
    printed = [token for token in found if token.kind == "amount"]
    alone = (
        []
        if "other" in kinds
        else [mg for token in printed if token.key in ("mg", "mcg") and (mg := milligrams(token)) is not None]
    )
    if len(alone) == len(printed) == len(names) == 1:
        return [(forms, alone[0])]
    stated = [s for s in read_line(found, kinds, names, low, 0, 0) if s.kind != "other"]
    amounts = [(s.forms, s.mg) for s in stated if s.mg is not None and s.mg < _PACK_MG]
    return amounts or ([(forms, alone[0])] if len(alone) == 1 else [])
