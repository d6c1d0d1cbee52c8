"""What the command line prints, as rich renderables. Scraped text goes in as `Text`, so that none of it is markup."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.filesize import decimal
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from checker import CHECKS, Finding, Label
from dashboard import words

if TYPE_CHECKING:
    from catalog import ComparisonRow, SourceResult


class ConfiguredSource(Protocol):
    """What `config_table` shows of a source of maglabel.toml."""

    @property
    def url(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def delay(self) -> float: ...
    @property
    def market(self) -> str | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def enabled(self) -> bool: ...


class CrawlStep(Protocol):
    """What `crawl_progress` shows of a crawl while it runs."""

    @property
    def source(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def seen(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def finished(self) -> SourceResult | None: ...


_PIPE_WIDTH = 200
"""Columns when the output is no terminal: wide enough that a row stays on one line for grep."""
_WIDE = 115
"""Columns from which on the comparison fits with all its columns side by side."""
_SEVERITY_STYLE = {"error": "bold red", "warning": "bold yellow", "info": "cyan"}


def console(file: IO[str] | None = None) -> Console:
    """A console for the renderables of this module: plain and wide when `file` (standard output) is no terminal."""
    file = file or sys.stdout
    width = None if file.isatty() else _PIPE_WIDTH
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)


def comparison_table(
    rows: Sequence[ComparisonRow], *, total: int, as_of: datetime | None, demo: bool
) -> RenderableType:
    """The comparison: form, elemental mg per serving, and the price of 100 mg of elemental magnesium."""
    if not rows:
        return Text("No product matches." if as_of else "The catalog is empty. Fill it with: maglabel refresh")
    lines = [f"{len(rows):,} of {words.counted(total, 'product')}. As of {words.moment(as_of)}. {words.ADVICE}"]
    lines += ["Elemental mg: magnesium itself, per serving. Per 100 mg: price of 100 mg of elemental magnesium."]
    lines += words.attributions(rows)
    notice = [Text(words.DEMO, style="bold")] if demo else []
    return Group(_Comparison(rows), *notice, *(Text(line, style="dim") for line in lines))


class _Comparison:
    """The rows as a table that fits: in a narrow terminal, source and findings move to a second line."""

    def __init__(self, rows: Sequence[ComparisonRow]) -> None:
        self.rows = rows

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= _WIDE
        more = ("Findings", "Source") if wide else ()
        prices = (">Price", ">Per\n100 mg", "Cur-\nrency")
        table = new_table("Product", "Form", ">Elemental\nmg", "Serving", *prices, *more)
        for row in self.rows:
            product, form, *amounts, severity, source = _comparison_cells(row)
            if wide:
                table.add_row(product, form, *amounts, severity, source)
            else:
                beneath = Text("\n").join([form, severity]) if severity else form
                table.add_row(Text("\n").join([product, source]), beneath, *amounts)
        yield table


def _comparison_cells(row: ComparisonRow) -> tuple[Text, ...]:
    return (
        Text(words.title(row.title)),
        Text(words.forms_text(row.forms, row.contains_oxide)),
        _known(words.milligrams(row.elemental_mg, row.elemental_mg_low, row.elemental_mg_high)),
        _known(words.serving_text(row.serving_quantity, row.serving_unit and words.one_line(row.serving_unit))),
        _known(words.NOT_STATED if row.price is None else words.money(row.price)),
        _known(words.NOT_STATED if row.price_per_100mg is None else words.money(row.price_per_100mg)),
        Text(words.one_line(row.currency or "")),
        _severity(row.worst_severity) if row.worst_severity else Text(""),
        Text(words.one_line(row.source) + (f", 1 of {row.offers} offers" if row.offers > 1 else ""), style="dim"),
    )


def label_view(label: Label, findings: Sequence[Finding] = ()) -> RenderableType:
    """A label as read: what it states, why that is believed, the words that say so, and what the checks found."""
    if not label.has_magnesium:
        facts: list[RenderableType] = [Text("No magnesium is stated as a nutrient, an active or a named source.")]
    else:
        facts = [_facts(label), Text(words.BASIS[label.basis])]
    parts = [*facts, *_evidence(label), *_findings(findings)]
    return Group(*parts, Text(f"Reader {label.reader_version}. {words.ADVICE}", style="dim"))


def _facts(label: Label) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for name, value in words.label_facts(label):
        grid.add_row(name, Text(value, style="bold" if name.startswith("Elemental") else ""))
    return grid


def _evidence(label: Label) -> Iterator[RenderableType]:
    if label.quotes:
        table = new_table("The label's words", "Read by rule")
        for quote in label.quotes:
            table.add_row(Text(f"“{words.one_line(quote.quote)}”"), Text(quote.rule, style="dim"))
        yield table


def _findings(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    for finding in sorted(findings, key=lambda finding: words.SEVERITIES.index(finding.severity)):
        yield Text.assemble(_severity(finding.severity), f" {words.one_line(finding.message)} ", (finding.code, "dim"))
        if finding.quote:
            yield Text(f"  “{words.one_line(finding.quote)}”")
        if finding.numbers:
            yield Text(f"  {words.numbers_text(finding.numbers)}")
        yield Text(f"  For you: {CHECKS[finding.code].means}", style="italic")
    if not findings:
        yield Text("No findings.")


def config_table(sources: Mapping[str, ConfiguredSource], path: Path) -> RenderableType:
    """The sources of maglabel.toml."""
    if not sources:
        return Text(f"No source is configured yet in {path}. Add one with: maglabel sources add https://a.shop/")
    table = new_table("Source", "Kind", "Address", "Market", "Currency", ">Delay s", "Enabled")
    for name, source in sources.items():
        enabled = "yes" if source.enabled else "no"
        delay = f"{source.delay:g}"
        table.add_row(
            Text(name), source.kind, Text(source.url), source.market or "", source.currency or "", delay, enabled
        )
    return Group(table, Text(str(path), style="dim"))


@contextmanager
def crawl_progress(sources: Sequence[str]) -> Iterator[Callable[[CrawlStep], None]]:
    """A line of progress per source on standard error while a crawl runs; nothing when that is no terminal."""
    columns = (SpinnerColumn(finished_text="-"), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    screen = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as progress:
        tasks: dict[str, TaskID] = {name: progress.add_task(name, total=None) for name in sources}

        def show(event: CrawlStep) -> None:
            state = f"{event.requests:,} requests, {decimal(event.bytes)}, {event.kept:,} of {event.seen:,} kept"
            ended = f", {event.finished.outcome}" if event.finished else ""
            progress.update(tasks[event.source], description=f"{event.source}: {state}{ended}")
            if event.finished:
                progress.update(tasks[event.source], total=1, completed=1)

        yield show


def new_table(*headings: str) -> Table:
    """A table with these headings; one that starts with ">" is right-aligned."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in headings:
        right = heading.startswith(">")
        table.add_column(
            heading.removeprefix(">"), justify="right" if right else "left", overflow="fold", no_wrap=right
        )
    return table


def _known(text: str) -> Text:
    return Text(text, style="dim" if text == words.NOT_STATED else "")


def _severity(severity: str) -> Text:
    return Text(words.SEVERITY[severity], style=_SEVERITY_STYLE[severity])
