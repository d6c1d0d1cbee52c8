"""`maglabel status`: the catalog as its keeper sees it."""

from commands.options import AsJson, Database, Demo
from commands.output import show, show_json
from commands.places import catalog_of


def status(as_json: AsJson = False, database: Database = None, demo: Demo = False) -> None:
    """Show each source: how old its data is, how much of it was read, how its last refresh ended."""
    from dashboard.terminal import status_table

    with catalog_of(database, demo) as catalog:
        states = catalog.source_states()
        if as_json:
            show_json(
                {"database": catalog.url, "demo": catalog.is_demo(), "sources": [state.as_dict() for state in states]}
            )
        else:
            show(status_table(states, catalog.url))
