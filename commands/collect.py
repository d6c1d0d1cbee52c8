"""`maglabel refresh` and `maglabel demo`: collect, read, keep."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from checker.errors import ConfigError
from commands.ending import exit_code
from commands.options import AsJson, ConfigFile, Database, Demo
from commands.output import show, show_json
from commands.places import catalog_of, config_of, config_path, database_url

if TYPE_CHECKING:
    from catalog import SourceResult
    from spiders.config import SourceConfig


def refresh(
    names: Annotated[list[str] | None, typer.Argument(help="Sources; default: all enabled ones.")] = None,
    as_json: AsJson = False,
    database: Database = None,
    config: ConfigFile = None,
    demo: Demo = False,
) -> None:
    """Collect from the sources, read and check the labels, keep them.

    Exit code: 0 all fresh, 3 some sources failed, 5 all failed, 2 wrong usage.
    """
    from dashboard.terminal import run_table

    if demo:
        with demo_shops() as shops:
            results = collect(chosen(shops, names or [], "the demo"), database_url(None, demo=True), demo=True)
    else:
        path = config_path(config)
        loaded = config_of(path)
        results = collect(
            chosen(loaded.sources, names or [], str(path)), database_url(database), contact=loaded.contact
        )
    code = exit_code(results)
    if as_json:
        show_json({"sources": [result.as_dict() for result in results], "exit_code": code})
    else:
        show(run_table(results))
    raise typer.Exit(code)


def demo(
    show_dashboard: Annotated[
        bool, typer.Option("--dashboard/--no-dashboard", help="Open the dashboard after the table.")
    ] = True,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
) -> None:
    """Refresh from bundled demo shops on this machine, show the table, open the dashboard. All products are made up."""
    from dashboard.serve import serve
    from dashboard.terminal import comparison_table, run_table

    with demo_shops() as shops:
        results = collect(shops, database_url(None, demo=True), demo=True)
        show(run_table(results))
        with catalog_of(None, demo=True) as catalog:
            rows = catalog.compare(limit=20)
            show(comparison_table(rows, total=catalog.count(), as_of=catalog.as_of(), demo=True))
        if code := exit_code(results):
            raise typer.Exit(code)
        if show_dashboard:
            raise typer.Exit(serve(database_url(None, demo=True), port=port, open_browser=open_browser))


def collect(
    sources: "dict[str, SourceConfig]", database_url: str, *, contact: str | None = None, demo: bool = False
) -> "list[SourceResult]":
    from catalog import SourceInfo, open_catalog
    from dashboard.terminal import crawl_progress
    from spiders.crawl import crawl

    infos = [SourceInfo(name, source.kind, source.url, source.market, demo) for name, source in sources.items()]
    with (
        open_catalog(database_url, create=True) as catalog,
        catalog.start_run(infos) as run,
        crawl_progress(list(sources)) as on_event,
    ):
        return crawl(sources, run=run, contact=contact, on_event=on_event)


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
