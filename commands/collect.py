"""`maglabel refresh` and `maglabel demo`: collect, read, keep."""

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.errors import ConfigError
from commands.duration import duration
from commands.ending import Report, Terminated
from commands.hook import hook_of, run_hook
from commands.log import LOG, log_end, logged
from commands.options import AsJson, ConfigFile, Database, Demo
from commands.output import show, show_json, unread
from commands.places import catalog_of, config_of, config_path, database_url

if TYPE_CHECKING:
    from catalog import SourceResult, SourceState
    from spiders.config import Config, SourceConfig
    from spiders.crawl import CrawlEvent


def refresh(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Sources; default: all enabled ones.")
    ] = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Read what is known already, and product pages not named after magnesium, too."),
    ] = False,
    max_age: Annotated[
        timedelta | None, typer.Option(parser=duration, metavar="SPAN", help="Skip what is fresher: 20h, 7d ...")
    ] = None,
    max_time: Annotated[
        timedelta | None, typer.Option(parser=duration, metavar="SPAN", help="Ask nothing further after: 90s, 30m ...")
    ] = None,
    log_file: Annotated[
        Path | None, typer.Option(envvar="MAGLABEL_LOG_FILE", metavar="FILE", help="Append a line per source; rotated.")
    ] = None,
    on_finish: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Run this at the end; it gets the report (JSON).")
    ] = None,
    as_json: AsJson = False,
    database: Database = None,
    config: ConfigFile = None,
    demo: Demo = False,
) -> None:
    """Collect from the sources, read and check the labels, keep them.

    Exit code: 0 all fresh, 2 wrong usage or settings, 3 some sources failed or are partial, 4 something waits for
    `maglabel review`, 5 all failed, 75 another process is writing, 130 and 143 stopped by Ctrl-C and SIGTERM.
    """
    report = Report()
    with ExitStack() as stack:
        stack.enter_context(logged(log_file))
        hook: list[str] = []
        try:
            hook = hook_of(on_finish)
            loaded, place = _settings(config, stack.enter_context(demo_shops()) if demo else None)
            hook = hook or hook_of(loaded.on_finish)
            sources = {
                name: source.model_copy(update={"deep": deep or source.deep})
                for name, source in chosen(loaded.sources, names or [], place).items()
            }
            collect(
                report,
                sources,
                database_url(database, demo),
                contact=loaded.contact,
                max_age=max_age,
                max_time=max_time,
                demo=demo,
            )
        except (KeyboardInterrupt, Terminated) as stop:  # before or after the crawl, which hears signals itself
            report.stopped(signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)
        except Exception as error:  # noqa: BLE001 - a bug is told to the log and to on_finish too, then raised
            report.error = error
        finish(report, as_json, hook)
    if report.error:
        raise report.error
    raise typer.Exit(report.exit_code)


def _settings(config: Path | None, shops: "Mapping[str, SourceConfig] | None") -> "tuple[Config, str]":
    """The settings, which may be those of the demo's shops, and where they are; raises ConfigError."""
    from spiders.config import Config

    path = config_path(config)
    return (config_of(path), str(path)) if shops is None else (Config(sources=dict(shops)), "the demo")


def finish(report: Report, as_json: bool, hook: Sequence[str]) -> None:
    """Tell how it went: on the terminal, in the log, to the command on_finish."""
    report.finished_at = datetime.now(UTC)
    log_end(report)
    try:
        with unread():
            if as_json:
                show_json(report.as_dict())
            elif report.sources or not report.error:
                show_run(report)
    finally:  # though nobody reads what is printed
        if failure := run_hook(hook, report.as_dict(), report.exit_code):
            LOG.error("%s", failure)
            typer.echo(f"maglabel: {failure}", err=True)


def show_run(report: Report) -> None:
    """A table on a terminal; elsewhere one line, and on standard error one for each source that is not fresh."""
    from dashboard.keeper import run_line, run_table
    from dashboard.words import one_line

    if sys.stdout.isatty():
        return show(run_table(report.sources))
    for result in report.sources:
        if result.outcome not in ("fresh", "skipped"):
            typer.echo(f"maglabel: {result.source} {result.outcome}: {one_line(result.message)}", err=True)
    return typer.echo(f"{run_line(report.sources)}; exit code {report.exit_code}")


def demo(
    show_dashboard: Annotated[
        bool, typer.Option("--dashboard/--no-dashboard", help="Open the dashboard after the table.")
    ] = True,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
) -> None:
    """Refresh from bundled demo shops on this machine, show the table, open the dashboard. All products are made up."""
    from dashboard.keeper import run_table
    from dashboard.serve import serve
    from dashboard.terminal import comparison_table

    report = Report()
    with demo_shops() as shops:
        collect(report, shops, database_url(None, demo=True), demo=True)
        show(run_table(report.sources))
        with catalog_of(None, demo=True) as catalog:
            rows = catalog.compare(limit=20)
            show(comparison_table(rows, total=catalog.count(), as_of=catalog.as_of(), demo=True))
        if report.exit_code:
            raise typer.Exit(report.exit_code)
        if show_dashboard:
            raise typer.Exit(serve(database_url(None, demo=True), port=port, open_browser=open_browser))


def collect(
    report: Report,
    sources: "Mapping[str, SourceConfig]",
    database_url: str,
    *,
    contact: str | None = None,
    max_age: timedelta | None = None,
    max_time: timedelta | None = None,
    demo: bool = False,
) -> None:
    """Refresh the sources that are not fresh enough, and fill in the report; raises CatalogError."""
    from catalog import SourceInfo, open_catalog
    from dashboard.terminal import crawl_progress
    from spiders.crawl import crawl

    with open_catalog(database_url, create=True) as catalog:
        report.database = catalog.url
        results = {state.name: skipped(state) for state in catalog.source_states() if fresh_enough(state, max_age)}
        due = {name: source for name, source in sources.items() if name not in results}
        infos = [SourceInfo(name, source.kind, source.url, source.market, demo) for name, source in due.items()]
        if due:
            with catalog.start_run(infos) as run, crawl_progress(list(due)) as on_event:
                report.run = run.id

                def heard(event: "CrawlEvent") -> None:
                    on_event(event)
                    report.sources += filter(None, [event.finished])  # what has ended, should the rest end in an error

                crawled = crawl(
                    due,
                    run=run,
                    contact=contact,
                    on_event=heard,
                    on_signal=report.stopped,
                    max_seconds=inf if max_time is None else max_time.total_seconds(),
                )
                results |= {result.source: result for result in crawled}
    report.sources = [results[name] for name in sources]


def fresh_enough(state: "SourceState", max_age: timedelta | None) -> bool:
    """Whether a source was last published whole less than so long ago; in the future it was by no right clock."""
    if not max_age or not state.last_success_at:
        return False
    return timedelta() <= datetime.now(UTC) - state.last_success_at < max_age


def skipped(state: "SourceState") -> "SourceResult":
    """The outcome of a source that is fresh enough."""
    from catalog import SourceResult

    return SourceResult(
        source=state.name,
        outcome="skipped",
        message=f"fresh since {state.last_success_at:%Y-%m-%d %H:%M} UTC",
        **{name: getattr(state, name) for name in ("listings", "with_magnesium", "with_elemental", "with_price")},
        **dict.fromkeys(("new", "changed", "gone", "requests", "bytes", "seconds"), 0),
        skipped=state.skipped,
    )


def chosen(sources: "Mapping[str, SourceConfig]", names: list[str], place: str) -> "dict[str, SourceConfig]":
    """The named sources, or all enabled ones; raises ConfigError when there is none."""
    if not sources:
        raise ConfigError(f"No source is configured yet in {place}. Add one with: maglabel sources add https://a.shop/")
    for name in names:
        if name not in sources:
            raise ConfigError(f"There is no source {name!r} in {place}; it has {', '.join(sources)}.")
    chosen = {n: s for n, s in sources.items() if (n in names if names else s.enabled)}
    if not chosen:
        raise ConfigError(f"Every source in {place} is disabled (enabled = false).")
    return chosen


@contextmanager
def demo_shops() -> "Iterator[dict[str, SourceConfig]]":
    from spiders.demo.server import serve_demo

    with serve_demo() as shops:
        yield dict(shops)
