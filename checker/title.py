"""What a product's title says: forms when the text names none, and claims that are never a dose."""

from __future__ import annotations

from checker.lines import EXCIPIENT_FORMS
from checker.models import Claim
from checker.phrases import phrases
from checker.text import Text
from checker.tokens import Token, milligrams, tokens

_MOST_GRAMS = 5
"""A title's larger number of grams is the pack's weight."""


def read_title(heading: Text) -> tuple[bool, tuple[str, ...], tuple[Claim, ...]]:
    """Whether the title names magnesium, the forms it names, and its claims."""
    found = tokens(heading.low)
    named = any(t.kind in ("magnesium", "name") for t in found)
    compounds = [p for p in phrases(found, heading.low) if p.kind == "compound"]
    forms = tuple(dict.fromkeys(f for p in compounds for f in p.forms))
    if EXCIPIENT_FORMS.intersection(forms) or not named:
        return False, (), ()
    one = forms[0] if len(forms) == 1 else None
    claims = [Claim(form=one, mg=milligrams(t), quote=heading.raw) for t in found if _is_strength(t)]
    return True, forms, tuple(claims or [Claim(form=form, mg=None, quote=heading.raw) for form in forms])


def _is_strength(token: Token) -> bool:
    if token.kind != "amount" or token.key not in ("mg", "g", "mcg") or token.value is None:
        return False
    return token.key != "g" or token.value < _MOST_GRAMS
