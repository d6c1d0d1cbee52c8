"""`maglabel compare`, `export` and `dashboard`: what the catalog tells."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands.options import AsJson, Database, Demo, since_of, with_selection
from commands.output import show, show_json, write
from commands.places import catalog_of, database_url

if TYPE_CHECKING:
    from datetime import datetime

    from catalog import ComparisonRow, Selection

Sort = Annotated[str, typer.Option(metavar="COLUMN", help="price_per_100mg, elemental_mg, price, title ...")]


@with_selection
def compare(
    selection: "Selection",
    sort: Sort = "price_per_100mg",
    descending: Annotated[bool, typer.Option("--descending", help="Largest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Rows.")] = 20,
    as_json: AsJson = False,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Show the comparison: form, elemental mg, price of 100 mg of elemental magnesium."""
    from dashboard.export import to_json
    from dashboard.terminal import comparison_table

    with catalog_of(database, demo) as catalog:
        rows = catalog.compare(selection, sort=sort, descending=descending, limit=limit)
        if as_json:
            typer.echo(to_json(rows))
        else:
            show(comparison_table(rows, total=catalog.count(selection), as_of=catalog.as_of(), demo=catalog.is_demo()))


@with_selection
def export(
    selection: "Selection",
    format_: Annotated[Literal["csv", "json", "markdown", "parquet"], typer.Option("--format", help="What to write.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: the terminal.")
    ] = None,
    sort: Sort = "price_per_100mg",
    descending: Annotated[bool, typer.Option("--descending", help="Largest first.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Rows; default: all.")] = None,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Write the comparison as CSV, JSON, Parquet, or a Markdown table with sources and quoted label lines."""
    if format_ == "parquet" and output is None and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is not for a terminal; name a file with --output", param_hint="--format")
    with catalog_of(database, demo) as catalog:
        rows = catalog.compare(selection, sort=sort, descending=descending, limit=limit)
        as_of, is_demo = catalog.as_of(), catalog.is_demo()
    write(_written(rows, format_, as_of, is_demo), output, len(rows), is_demo)


def _written(rows: "list[ComparisonRow]", format_: str, as_of: "datetime | None", demo: bool) -> str | bytes:
    if format_ == "parquet":
        from dashboard.frame import to_parquet

        return to_parquet(rows)
    from dashboard.export import to_csv, to_json, to_markdown

    if format_ == "markdown":
        return to_markdown(rows, as_of, demo)
    return to_csv(rows) if format_ == "csv" else to_json(rows)


def changes(
    since: Annotated[str, typer.Option(metavar="SPAN|DATE", help="7d, 24h, 2w, or a date such as 2026-11-01.")] = "7d",
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, with links and quotes.")] = False,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Show what changed: prices, new and gone products, labels, packs; apart from them what only our reader changed."""
    from dashboard.changes import changes_markdown, changes_view

    if as_json and as_markdown:
        raise typer.BadParameter("--json and --markdown exclude each other")
    start = since_of(since, "--since")
    with catalog_of(database, demo) as catalog:
        report, is_demo = catalog.changes(start), catalog.is_demo()
    if as_json:
        show_json(report.as_dict() | {"demo": is_demo})
    elif as_markdown:
        typer.echo(changes_markdown(report, is_demo), nl=False)
    else:
        show(changes_view(report, is_demo))


def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    database: Database = None,
    demo: Demo = False,
) -> None:
    """Open the comparison in the browser."""
    from dashboard.serve import serve

    raise typer.Exit(serve(database_url(database, demo), host=host, port=port, open_browser=open_browser))
