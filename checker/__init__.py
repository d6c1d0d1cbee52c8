"""Reads magnesium labels: form, elemental milligrams, and what the label does not say aloud.

Pure: text in, frozen values out; standard library and pydantic only.
"""

from checker.checks import CHECKS, STUDIES, Check, Study, check_label, make_finding
from checker.errors import CatalogError, ConfigError, InputError, LockedError, MaglabelError, SourceError
from checker.explain import explain
from checker.forms import FORMS, LEADING_FORMS, Form, Species
from checker.models import Claim, Column, Finding, Label, Listing, MagnesiumSource, Offer, Quote, Serving
from checker.reader import READER_VERSION, read_label
from checker.reference_values import UPPER_LIMITS, UpperLimit

__all__ = [
    "CHECKS",
    "FORMS",
    "LEADING_FORMS",
    "READER_VERSION",
    "STUDIES",
    "UPPER_LIMITS",
    "CatalogError",
    "Check",
    "Claim",
    "Column",
    "ConfigError",
    "Finding",
    "Form",
    "InputError",
    "Label",
    "Listing",
    "LockedError",
    "MaglabelError",
    "MagnesiumSource",
    "Offer",
    "Quote",
    "Serving",
    "SourceError",
    "Species",
    "Study",
    "UpperLimit",
    "check_label",
    "explain",
    "make_finding",
    "read_label",
]
