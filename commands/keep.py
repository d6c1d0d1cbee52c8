"""`maglabel status`, `review`, `reread`, `backup` and `prune`: the catalog as its keeper sees it."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.collect import fresh_enough
from commands.duration import duration
from commands.options import EXIT_HELD, EXIT_SOME_FAILED, AsJson, ConfigFile, Database, Demo
from commands.output import show, show_json
from commands.places import catalog_of, config_of, config_path

if TYPE_CHECKING:
    from catalog import SourceState

Sources = list[str] | None


def status(
    max_age: Annotated[
        timedelta | None,
        typer.Option(parser=duration, metavar="SPAN", help="End with 3 if a source is older: 3d ..."),
    ] = None,
    as_json: AsJson = False,
    database: Database = None,
    config: ConfigFile = None,
    demo: Demo = False,
) -> None:
    """Show each source: how old its data is, how much of it was read, how its last refresh ended.

    With --max-age the exit code is what a monitor asks: 4 something waits for review, 3 a source is older, 0 neither.
    Only sources are asked for that maglabel.toml enables; without one, all that the catalog has.
    """
    from dashboard.keeper import status_table

    with catalog_of(database, demo) as catalog:
        states = catalog.source_states()
        if as_json:
            show_json(
                {"database": catalog.url, "demo": catalog.is_demo(), "sources": [state.as_dict() for state in states]}
            )
        else:
            show(status_table(states, catalog.url))
    if max_age is not None:
        configured = {} if demo else config_of(config_path(config)).sources
        expected = [name for name, source in configured.items() if source.enabled] or [
            s.name for s in states if s.outcome != "retired"
        ]
        raise typer.Exit(status_code(states, expected, max_age))


def status_code(states: "Sequence[SourceState]", expected: Collection[str], max_age: timedelta) -> int:
    """What a monitor wants to know first of the expected sources, whose last whole publication may be so old."""
    if any(state.held_since for state in states):
        return EXIT_HELD
    fresh = {state.name for state in states if fresh_enough(state, max_age)}
    return 0 if expected and fresh.issuperset(expected) else EXIT_SOME_FAILED


def review(
    accept: Annotated[Sources, typer.Option(metavar="NAME", help="Show this source's new data; repeatable.")] = None,
    reject: Annotated[Sources, typer.Option(metavar="NAME", help="Forget this source's new data; repeatable.")] = None,
    as_json: AsJson = False,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Show what a refresh kept aside because it looked wrong (exit code 4), and decide about it."""
    from dashboard.keeper import review_view

    with catalog_of(database, demo, write=bool(accept or reject)) as catalog:
        for name in accept or ():
            result = catalog.accept(name)
            typer.echo(f"{name}: accepted; readers now see {result.listings} listings.", err=True)
        for name in reject or ():
            catalog.reject(name)
            typer.echo(f"{name}: rejected; readers go on seeing what they saw.", err=True)
        waiting = catalog.reviews()
        if as_json:
            show_json({"reviews": [each.as_dict() for each in waiting]})
        elif waiting or not (accept or reject):
            show(review_view(waiting))


def reread(as_json: AsJson = False, database: Database = None, demo: Demo = False) -> None:
    """Read all kept labels with this version's reader, without the network; goes on where a stopped one was.

    For after an upgrade of maglabel: better reading improves what was collected before.
    """
    from catalog.reread import reread
    from catalog.workers import cores
    from dashboard.keeper import reread_progress, reread_view

    with catalog_of(database, demo, write=True) as catalog, reread_progress() as on_progress:
        result = reread(catalog, on_progress, processes=cores())
    if as_json:
        show_json(result.as_dict())
    else:
        show(reread_view(result))


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; replaced only when the new one is whole.")],
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Copy the catalog to one file while others read and write it; PostgreSQL by pg_dump."""
    from rich.filesize import decimal

    from catalog.backup import backup

    with catalog_of(database, demo) as catalog:
        typer.echo(f"{file}: {decimal(backup(catalog, file))}.")


def prune(
    keep: Annotated[
        timedelta | None,
        typer.Option(parser=duration, metavar="SPAN", help="Keep what was of use within it; default: 365d."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    as_json: AsJson = False,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Forget responses that no listing cites, readings that a newer reader replaced, and runs that changed nothing.

    Prices, availability and what labels said are never forgotten.
    """
    from catalog.prune import prune
    from dashboard.keeper import prune_line

    with catalog_of(database, demo, write=not dry_run) as catalog:
        result = prune(catalog, timedelta(days=365) if keep is None else keep, dry_run=dry_run)
    if as_json:
        show_json(result.as_dict())
    else:
        typer.echo(prune_line(result))
