"""Reads magnesium labels: form, elemental milligrams, and what the label does not say aloud.

Pure: text in, frozen values out; standard library and pydantic only.
"""

from checker.checks import check_label
from checker.errors import CatalogError, ConfigError, InputError, MaglabelError, SourceError
from checker.forms import FORMS, LEADING_FORMS, Form, Species
from checker.models import Claim, Column, Finding, Label, Listing, MagnesiumSource, Offer, Quote, Serving
from checker.reader import READER_VERSION, read_label

__all__ = [
    "FORMS",
    "LEADING_FORMS",
    "READER_VERSION",
    "CatalogError",
    "Claim",
    "Column",
    "ConfigError",
    "Finding",
    "Form",
    "InputError",
    "Label",
    "Listing",
    "MaglabelError",
    "MagnesiumSource",
    "Offer",
    "Quote",
    "Serving",
    "SourceError",
    "Species",
    "check_label",
    "read_label",
]
