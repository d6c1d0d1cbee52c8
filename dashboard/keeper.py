"""What the command line tells the catalog's keeper, as rich renderables: how a refresh went, what waits for review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from dashboard import source_words, words
from dashboard.terminal import new_table

if TYPE_CHECKING:
    from catalog import Review, SourceResult, SourceState
    from catalog.prune import PruneResult
    from catalog.reread import RereadResult

OUTCOME_STYLE = {
    "fresh": "green",
    "partial": "yellow",
    "held": "bold yellow",
    "failed": "bold red",
    "retired": "dim",
    "skipped": "dim",
}

KINDS = {
    "gone": "no longer shown",
    "unread": "elemental magnesium no longer read",
    "price": "another price",
}
"""Kinds of a difference's examples, in words."""

FIGURES = {
    "listings": "listings",
    "with_magnesium": "with magnesium",
    "with_elemental": "with elemental mg",
    "with_price": "with a price",
}


def run_table(results: Sequence[SourceResult]) -> RenderableType:
    """How a refresh ended, source by source."""
    headings = (">Listings", ">New", ">Changed", ">Gone", ">Magne-\nsium", ">With\nmg", ">With\nprice", ">Skipped")
    table = new_table("Source", "Outcome", *headings)
    for result in results:
        counts = (result.listings, result.new, result.changed, result.gone)
        coverage = (result.with_magnesium, result.with_elemental, result.with_price, sum(result.skipped.values()))
        numbers = (f"{count:,}" for count in (*counts, *coverage))
        table.add_row(Text(result.source), _outcome(result.outcome), *numbers)
    return Group(table, *_messages((r.source, r.message) for r in results), Text(f"{run_line(results)}."))


def run_line(results: Sequence[SourceResult]) -> str:
    """How a refresh ended, in one line."""
    outcomes = Counter(result.outcome for result in results)
    ended = ", ".join(f"{words.counted(count, 'source')} {outcome}" for outcome, count in outcomes.items())
    moved = {name: sum(getattr(result, name) for result in results) for name in ("new", "changed", "gone")}
    counts = ", ".join(f"{count:,} {name}" for name, count in moved.items())
    return f"{ended or 'no source done'}; {counts}; {cost(results)}"


def cost(results: Sequence[SourceResult]) -> str:
    """What was asked of the shops."""
    requests = words.counted(sum(r.requests for r in results), "request")
    return f"{requests}, {decimal(sum(r.bytes for r in results))}"


def status_table(states: Sequence[SourceState], database: str, now: datetime | None = None) -> RenderableType:
    """Each source of the catalog: how old its data is, how much of it was read, what waits for review."""
    if not states:
        return Text(f"The catalog {database} is empty. Fill it with: maglabel refresh")
    headings = (">Listings", ">Magne-\nsium", ">With\nmg", ">With\nprice", ">Skipped")
    table = new_table("Source", "Kind", "Last run", "Data as of", ">Age", *headings)
    for state in states:
        counts = (state.listings, state.with_magnesium, state.with_elemental, state.with_price)
        table.add_row(
            Text(state.name),
            Text(state.kind),
            _outcome(state.outcome or "never"),
            words.moment(state.last_success_at),
            source_words.age(state.last_success_at, now or datetime.now(UTC)),
            *(f"{count:,}" for count in (*counts, sum(state.skipped.values()))),
        )
    held = [_waits(state.name, state.held_since) for state in states if state.held_since]
    demo = [Text(words.DEMO, style="bold")] if any(state.demo for state in states) else []
    return Group(table, *_messages((s.name, s.message) for s in states), *held, *demo, Text(database, style="dim"))


def review_view(reviews: Sequence[Review]) -> RenderableType:
    """What was kept aside, how it differs from what readers see, and how to decide."""
    if not reviews:
        return Text("Nothing waits for review.")
    return Group(*(part for review in reviews for part in _review(review)))


def _review(review: Review) -> Iterator[RenderableType]:
    found = review.difference
    yield Text(f"{review.source}, collected {words.moment(review.held_at)}", style="bold")
    yield from (Text(f"  {reason}", style="yellow") for reason in found.reasons)
    yield Text(f"  {_figures(found.before, found.after)}; {found.new} new, {found.changed} changed, {found.gone} gone")
    for kind, said in KINDS.items():
        if examples := [example for example in found.examples if example.kind == kind]:
            yield Text(f"  Examples, {said}:")
            for e in examples:
                moved = "" if kind == "gone" else f": {e.before} -> {e.after or words.NOT_STATED}"
                yield Text(f"    {words.one_line(e.title)} ({words.one_line(e.source_key)}){moved}")
    yield Text(f"  Decide: maglabel review --accept {review.source}, or --reject {review.source}\n")


@contextmanager
def reread_progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while labels are read; nothing when that is no terminal."""
    screen = Console(stderr=True, highlight=False, markup=False, emoji=False)
    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def reread_view(result: RereadResult) -> RenderableType:
    """How many labels are read otherwise now, and in which fields."""
    if not result.listings:
        return Text("Every label was read by this version already.")
    read = f"{words.counted(result.listings, 'label')} read, {result.labels_changed:,} state something else now."
    fields = (f"  {name.replace('_', ' ')}: {count:,}" for name, count in result.fields.items())
    return Group(Text(read), *(Text(line) for line in fields))


def prune_line(result: PruneResult) -> str:
    """What was forgotten, or would be."""
    parts = (
        f"{words.counted(result.captures, 'response')} ({decimal(result.capture_bytes)})",
        f"{words.counted(result.labels, 'reading')} with {words.counted(result.findings, 'finding')}",
        words.counted(result.outcomes, "quiet outcome"),
    )
    freed = f"; the file is {decimal(result.freed_bytes)} smaller" if result.freed_bytes > 0 else ""
    return f"{'Would forget' if result.dry_run else 'Forgot'} {', '.join(parts)}{freed}."


def _figures(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    return ", ".join(f"{said} {before[name]:,} -> {after[name]:,}" for name, said in FIGURES.items())


def _waits(source: str, since: datetime) -> Text:
    return Text(f"{source}: data of {words.moment(since)} waits for review: maglabel review", style="bold yellow")


def _messages(messages: Iterable[tuple[str, str]]) -> Iterator[Text]:
    return (Text(f"{source}: {words.one_line(message)}") for source, message in messages if message)


def _outcome(outcome: str) -> Text:
    return Text(outcome, style=OUTCOME_STYLE.get(outcome, ""))
