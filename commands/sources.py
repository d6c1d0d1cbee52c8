"""`maglabel sources`: where `refresh` collects from."""

from typing import Annotated

import typer

from commands.options import AsJson, ConfigFile
from commands.output import show, show_json
from commands.places import config_of, config_path

sources_app = typer.Typer(
    no_args_is_help=True, help="Shops and label databases that `refresh` collects from (maglabel.toml)."
)


@sources_app.command("add")
def sources_add(
    url: Annotated[str, typer.Argument(help="The shop's address.")],
    kind: Annotated[str | None, typer.Option(help="shopify, woocommerce, dsld; default: found out by asking.")] = None,
    name: Annotated[str | None, typer.Option(help="Short name; default: from the host.")] = None,
    market: Annotated[str | None, typer.Option(help="US, CA, UK, EU, AU ...")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code, when the shop does not say.")] = None,
    delay: Annotated[
        float | None,
        typer.Option(help="Seconds between requests, 0 only for loopback; default: 1, or what robots.txt asks for."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Find out what a shop is, look at a sample, and write it into maglabel.toml.

    With both --kind and --name nothing is asked.
    """
    from spiders.config import SourceConfig, add_source, load_config
    from spiders.detect import assume, detect

    path = config_path(config)
    contact = load_config(path).contact
    found = assume(url, kind, name) if kind and name else detect(url, contact=contact, kind=kind)
    for line in found.tried:
        typer.echo(f"  {line}")
    given = {"market": market, "currency": currency, "delay": delay}
    chosen = name or found.name
    source = SourceConfig.checked(
        chosen, found.entry | {key: value for key, value in given.items() if value is not None}
    )
    notes = found.notes(source.delay)
    typer.echo("\n".join(notes))
    add_source(path, chosen, source, notes)
    typer.echo(f"Added {chosen} ({source.kind}) to {path}. Next: maglabel sources test {chosen}")


@sources_app.command("list")
def sources_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the configured sources."""
    from dashboard.terminal import config_table

    path = config_path(config)
    loaded = config_of(path)
    if as_json:
        return show_json({name: source.model_dump(mode="json") for name, source in loaded.sources.items()})
    return show(config_table(loaded.sources, path))


@sources_app.command("remove")
def sources_remove(name: str, config: ConfigFile = None) -> None:
    """Take a source out of maglabel.toml; what was collected from it stays in the catalog."""
    from spiders.config import remove_source

    path = config_path(config)
    remove_source(path, name)
    typer.echo(f"Removed {name} from {path}. Its data stays in the catalog.")
