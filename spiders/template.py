"""Begin a spider: `python -m spiders.template NAME URL` (docs/ADD_A_SHOP.md).

Writes the spider, the page at the address as recorded evidence, and a test that fails until the spider reads the page;
and registers the kind.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from checker.errors import InputError, MaglabelError
from spiders.kinds import KINDS
from spiders.settings import user_agent
from spiders.site import Reply, Site

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = Path("spiders") / "kinds.py"
LAST = '    "pages":'
"""Begins the last line of the registry's table: any shop has pages, so that others are asked for first."""


def begin(name: str, url: str, root: Path = ROOT) -> list[Path]:
    """Make the files of a new kind of source below the root of the project; gives their paths.

    Raises InputError when the name or the address cannot be used or a file exists, SourceError when the page cannot be
    fetched.
    """
    if not (name.isidentifier() and name.islower() and name.isascii()):
        raise InputError(f"{name!r} cannot name a spider: use lower-case letters, digits and _, such as acme_shop.")
    tests = root / "tests" / "spiders"
    spider, recorded, test = root / "spiders" / f"{name}.py", tests / "data" / f"{name}.json", tests / f"test_{name}.py"
    taken = [place for place in (spider, recorded, test) if place.exists()]
    if taken or name in KINDS:
        raise InputError(f"There is {taken[0] if taken else f'a kind {name}'} already; choose another name.")
    page, path = fetched(url)
    values = {
        "name": name,
        "spider": f"{name.title().replace('_', '')}Spider",
        "url": url,
        "path": path,
        "media": page.headers.get("Content-Type", "application/json").split(";")[0],
        "recorded": recorded.name,
        "today": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    recorded.parent.mkdir(exist_ok=True)
    recorded.write_bytes(page.body)
    spider.write_text(_filled("template-spider", values), "utf-8")
    test.write_text(_filled("template-test", values), "utf-8")
    register(root / REGISTRY, name, values["spider"])
    return [spider, recorded, test, root / REGISTRY]


def fetched(url: str) -> tuple[Reply, str]:
    """The page at an address and its path, if robots.txt allows it and it is JSON; raises InputError or SourceError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not re.fullmatch(r"[!#-\[\]-~]+", url):
        raise InputError(f"{url!r} is not an address such as https://acme.example/api/products?page=1.")
    path = parts._replace(scheme="", netloc="", fragment="").geturl().lstrip("/")
    site = Site(f"{parts.scheme}://{parts.netloc}/", user_agent(None))
    site.meet()
    reply = site.get(path)
    if reply is None:
        raise InputError(f"{site.tried[-1]}.")
    if reply.status != 200 or reply.body.lstrip().startswith(b"<"):
        what = "answered HTML" if reply.status == 200 else reply.status_words
        raise InputError(f"{reply.url} {what}; give the address of the shop's interface, which answers JSON.")
    return reply, path


def register(registry: Path, name: str, spider: str) -> None:
    """Add the kind to the registry's table, before the last resort."""
    before, last, after = registry.read_text("utf-8").partition(LAST)
    registry.write_text(f'{before}    "{name}": "spiders.{name}.{spider}",\n{last}{after}', "utf-8")


def _filled(template: str, values: dict[str, str]) -> str:
    text = (files("spiders") / "data" / f"{template}.txt").read_text("utf-8")
    return Template(text).substitute(values)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m spiders.template", description="Begin a spider for a new platform."
    )
    parser.add_argument("name", help="of the kind and its file, such as acme_shop")
    parser.add_argument("url", help="of a page of products as the shop's interface gives it")
    given = parser.parse_args()
    try:
        made = begin(given.name, given.url)
    except MaglabelError as error:
        sys.exit(f"spiders.template: {error}")
    print(*(path.relative_to(ROOT) for path in made), sep="\n")
    print(f"Next: python -m pytest tests/spiders/test_{given.name}.py, which fails until the spider reads the page.")


if __name__ == "__main__":
    main()
