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
    kind: Annotated[
        str | None, typer.Option(help="dsld, shopify, woocommerce or pages; default: found out by asking.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Short name; default: from the host.")] = None,
    market: Annotated[str | None, typer.Option(help="US, CA, UK, EU, AU ...")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code, when the shop does not say.")] = None,
    delay: Annotated[float, typer.Option(help="Seconds between requests; 0 only for loopback.")] = 1.0,
    config: ConfigFile = None,
) -> None:
    """Find out what a shop is and write it into maglabel.toml."""
    from spiders.config import SourceConfig, add_source, load_config
    from spiders.detect import detect

    path = config_path(config)
    contact = load_config(path).contact
    if kind and name:
        entry, found_name = {"kind": kind, "url": url}, name
    else:
        found = detect(url, contact=contact, kind=kind)
        for line in found.tried:
            typer.echo(f"  {line}")
        entry, found_name = {"kind": found.kind, "url": found.url}, name or found.name
        market, currency = market or found.market, currency or found.currency
    source = SourceConfig.checked(found_name, entry | {"market": market, "currency": currency, "delay": delay})
    add_source(path, found_name, source)
    typer.echo(f"Added {found_name} ({source.kind}) to {path}. Next: maglabel refresh {found_name}")


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
