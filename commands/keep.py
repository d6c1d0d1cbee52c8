"""`maglabel status` and `maglabel review`: the catalog as its keeper sees it."""

from typing import Annotated

import typer

from commands.options import AsJson, Database, Demo
from commands.output import show, show_json
from commands.places import catalog_of

Sources = list[str] | None


def status(as_json: AsJson = False, database: Database = None, demo: Demo = False) -> None:
    """Show each source: how old its data is, how much of it was read, how its last refresh ended."""
    from dashboard.keeper import status_table

    with catalog_of(database, demo) as catalog:
        states = catalog.source_states()
        if as_json:
            show_json(
                {"database": catalog.url, "demo": catalog.is_demo(), "sources": [state.as_dict() for state in states]}
            )
        else:
            show(status_table(states, catalog.url))


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
