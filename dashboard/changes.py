"""What changed, for the terminal and as Markdown: one list of entries for both. Pure functions of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import nsmallest
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from catalog.history import (
    Appearance,
    ChangeReport,
    Disappearance,
    FieldChange,
    Item,
    PriceChange,
    ReaderChange,
    Reformulation,
    Shrinkage,
)
from dashboard import words
from dashboard.export import escaped, link_target


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one product, in words."""

    item: Item
    said: str
    quotes: tuple[str, ...] = ()
    """The label's words before and now, or the only ones."""


@dataclass(frozen=True, slots=True)
class Section:
    """Changes of one kind."""

    title: str
    means: str
    entries: Sequence[Entry]
    """The first of them."""
    count: int
    """All of them."""


def sections(report: ChangeReport, most: int | None = None) -> list[Section]:
    """The kinds of change that a report has, what touches the shopper first, with at most so many entries each."""
    cheaper = [change for change in report.prices if change.now < change.before]
    dearer = [change for change in report.prices if change.now > change.before]
    found: tuple[tuple[str, str, Callable[[Any], Entry], Sequence[Any]], ...] = (
        ("Cheaper", "The same pack costs less.", _price, cheaper),
        ("Dearer", "The same pack costs more.", _price, dearer),
        ("New products", "Not seen before.", lambda x: Entry(x.item, _day(x.since)), report.new_products),
        ("Gone", "A complete crawl of the source did not find them any more.", _gone, report.gone),
        ("Back", "Seen again.", _back, report.back),
        ("Reformulations", "The label states something else.", _reformulation, report.reformulations),
        ("Smaller packs", "The pack holds less.", _smaller, report.shrinkage),
        ("Read otherwise", "The label did not change: a newer reader reads the same words otherwise.", _otherwise,
         report.reader_changes),
    )  # fmt: skip
    return [
        Section(title, means, [entry(change) for change in _first(changes, most)], len(changes))
        for title, means, entry, changes in found
        if changes
    ]


def _first(changes: Sequence[Any], most: int | None) -> Sequence[Any]:
    """The first of some changes of one kind; of prices those that moved most."""
    if not isinstance(changes[0], PriceChange):
        return changes[:most]
    return nsmallest(most or len(changes), changes, key=lambda c: (_kept(c), c.item.source, c.item.source_key))


def _kept(change: PriceChange) -> Decimal:
    """The lower of both prices as a part of the higher one: the less, the more it moved."""
    low, high = sorted((change.before, change.now))
    return low / high


def _gone(change: Disappearance) -> Entry:
    return Entry(change.item, f"not seen since {change.last_seen:%Y-%m-%d}")


def _back(change: Appearance) -> Entry:
    return Entry(change.item, f"{_day(change.since)}, had been missing since {change.missing_since:%Y-%m-%d}")


def _reformulation(change: Reformulation) -> Entry:
    quotes = (change.quote_before, change.quote_now)
    return Entry(change.item, f"{_day(change.since)}: {_fields(change.changes)}", quotes)


def _otherwise(change: ReaderChange) -> Entry:
    versions = f"reader {change.reader_before} → {change.reader_now}"
    return Entry(change.item, f"{versions}: {_fields(change.changes)}", (change.quote,))


def _day(when: datetime) -> str:
    return f"since {when:%Y-%m-%d}"


def _price(change: PriceChange) -> Entry:
    pack = f"{words.one_line(change.name)}: " if change.name else ""
    percent = (change.now / change.before - 1) * 100
    moved = f"{percent:+.{0 if abs(percent) >= 1 else 1}f} %"
    notes = [_day(change.since), *["new lowest price"] * change.new_lowest]
    notes += [words.AVAILABILITY[change.availability]] * (change.availability == "out_of_stock")
    prices = f"{words.money(change.before)} → {words.money(change.now)} {words.one_line(change.currency)}"
    return Entry(change.item, f"{pack}{prices} ({moved}), {', '.join(notes)}")


def _smaller(less: Shrinkage) -> Entry:
    said = f"{words.number(less.before)} → {words.serving_text(less.now, less.unit)}, {_day(less.since)}"
    if less.price_before is not None and less.price_now is not None:
        said += f"; price {words.money(less.price_before)} → {words.money(less.price_now)} {less.currency}"
        each = [_each(less.price_before, less.before), _each(less.price_now, less.now)]
        said += f", each {each[0]} → {each[1]} {less.currency}"
    return Entry(less.item, said, (less.quote_before, less.quote_now))


def _each(price: Decimal, units: Decimal) -> str:
    return words.money(price / units)


def _fields(changes: Iterable[FieldChange]) -> str:
    """Each field from what to what."""
    return "; ".join(
        f"{change.field.replace('_', ' ')}: {_value(change.field, change.before)} → {_value(change.field, change.now)}"
        for change in changes
    )


def _value(field: str, text: str | None) -> str:
    if text is None:
        return words.NOT_STATED
    return " + ".join(map(words.form_name, text.split(", "))) if field == "forms" else words.one_line(text)


def remarks(report: ChangeReport) -> Iterator[str]:
    """What is said beneath besides."""
    for new in report.new_sources:
        yield f"New source {new.source}: {words.counted(new.products, 'product')} with magnesium."
    if report.not_comparable:
        yield (
            f"{words.counted(report.not_comparable, 'label')} changed together with the reader, "
            "so that nobody can tell which of the two changed what."
        )


def _notes(report: ChangeReport, demo: bool) -> Iterator[str]:
    """What is said beneath, whatever changed."""
    yield from remarks(report)
    yield f"Changes since {words.moment(report.since)}, as of {words.moment(report.as_of)}. {words.ADVICE}"
    yield from map(words.data_from, report.attributions)
    if demo:
        yield words.DEMO


def changes_view(report: ChangeReport, demo: bool) -> RenderableType:
    """The report for the terminal."""
    parts: list[Text] = []
    for section in sections(report):
        parts.append(Text(f"{section.title} ({section.count:,})", style="bold"))
        parts.append(Text(section.means, style="dim"))
        for entry in section.entries:
            name = f"  {words.title(entry.item.title)} "
            parts.append(Text.assemble(name, (f"({words.one_line(entry.item.source)})", "dim"), f": {entry.said}"))
            parts += [Text(f"    “{words.one_line(quote)}”", style="dim") for quote in entry.quotes]
        parts.append(Text(""))
    nothing = [] if parts or report.new_sources else [Text("Nothing changed.")]
    return Group(*parts, *nothing, *(Text(note, style="dim") for note in _notes(report, demo)))


def changes_markdown(report: ChangeReport, demo: bool) -> str:
    """The report as Markdown (GitHub flavour): a list for each kind, with the source's link and the quoted words."""
    lines = [f"# What changed since {report.since:%Y-%m-%d}", ""]
    for section in sections(report):
        lines += [f"## {section.title}", "", section.means, ""]
        for entry in section.entries:
            title, address = escaped(entry.item.title), words.web_address(entry.item.url)
            link = f"[{title}]({link_target(address)})" if address else title
            lines.append(f"- {link} ({escaped(entry.item.source)}): {escaped(entry.said)}")
            lines += [f"  - “{escaped(quote)}”" for quote in entry.quotes]
        lines.append("")
    if len(lines) == 2 and not report.new_sources:
        lines += ["Nothing changed.", ""]
    return "\n".join([*lines, "  \n".join(escaped(note) for note in _notes(report, demo))]) + "\n"
