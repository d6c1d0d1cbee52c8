"""A few listings as read, for somebody who tries a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from catalog import ComparisonRow, SourceResult
from catalog.attribution import attribution
from catalog.comparison import row_values
from checker import Finding, Label, Listing, check_label, read_label
from dashboard import words


@dataclass(frozen=True)
class Sample:
    """One listing, read and checked, with the row that it would have in the comparison."""

    listing: Listing
    label: Label
    findings: tuple[Finding, ...]
    row: ComparisonRow

    @classmethod
    def of(cls, listing: Listing, kind: str) -> Sample:
        """Read and check a listing of a source of this kind."""
        label = read_label(listing.label_text, title=listing.title, market=listing.market)
        findings, now = tuple(check_label(label, listing)), datetime.now(UTC)
        values = row_values(listing, label, findings, now)
        row = ComparisonRow(**values, seen_at=now, attribution=attribution(kind, now))
        return cls(listing, label, findings, row)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "has_magnesium": self.label.has_magnesium,
            "row": asdict(self.row),
            "listing": self.listing.model_dump(mode="json"),
            "findings": [finding.model_dump(mode="json") for finding in self.findings],
        }


def sample_view(samples: Sequence[Sample], result: SourceResult) -> RenderableType:
    """The listings one beneath the other, and how the crawl went."""
    stated = sum(sample.label.has_magnesium for sample in samples)
    skipped = sum(result.skipped.values())
    lines = [
        f"{words.counted(len(samples), 'product')} read, {stated} with magnesium; {skipped:,} others skipped; "
        f"{words.counted(result.requests, 'request')}. The catalog was not touched.",
        words.ADVICE,
        *words.attributions(sample.row for sample in samples),
    ]
    blocks = [Text("\n").join([*_block(number, sample), Text()]) for number, sample in enumerate(samples, 1)]
    message = [Text(f"{result.source}: {words.one_line(result.message)}")] if result.message else []
    return Group(*blocks, *message, *(Text(line, style="dim") for line in lines))


def _block(number: int, sample: Sample) -> Iterator[Text]:
    yield Text.assemble((f"{number}. {words.one_line(sample.row.title)}", "bold"), "  ", (sample.row.url, "dim"))
    facts = dict(words.label_facts(sample.label)) if sample.label.has_magnesium else {}
    read = "; ".join(f"{name.lower()}: {value}" for name, value in facts.items())
    yield Text(f"   {read or 'No magnesium is stated.'}" + (f" ({sample.label.basis})" if read else ""))
    yield Text(f"   {_price(sample.row)}")
    if sample.row.quote:
        yield Text(f"   “{words.one_line(sample.row.quote)}”", style="italic")
    if sample.findings:
        yield Text(f"   findings: {', '.join(finding.code for finding in sample.findings)}")


def _price(row: ComparisonRow) -> str:
    """Price, servings with the words that tell them, price of 100 mg."""
    money = [] if row.price is None else [words.money(row.price), row.currency or ""]
    parts = [f"price: {' '.join(money).strip() or words.NOT_STATED}"]
    if row.servings_per_container is not None:
        parts.append(f"{row.servings_per_container:,} servings (“{words.one_line(row.servings_quote or '')}”)")
    if row.price_per_100mg is not None:
        parts.append(f"{words.money(row.price_per_100mg)} {row.currency} per 100 mg")
    return "; ".join(parts)
