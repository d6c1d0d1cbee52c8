"""The NIH Dietary Supplement Label Database, API v9 (https://dsld.od.nih.gov/api-guide): labels, no prices.

The first fill is the whole database as one zip where the source names one (`bulk`), else a search in slices and one
request a label. Afterwards only what is new is asked for: the search gives what was entered last first, and ends where
a page of hits brings nothing new. The database takes nothing out, so what is not listed again is not gone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from scrapy import Request
from scrapy.http import Response

from checker.errors import SourceError
from checker.models import Listing
from spiders.answers import readable, rows_of
from spiders.aside import aside
from spiders.base import MAX_PAGES, SourceSpider
from spiders.download import fetch_file
from spiders.dsld_bulk import BULK, Entry, read_zip
from spiders.dsld_search import WINDOW, Hit, Slice, count_of, hit_of, is_candidate
from spiders.dsld_text import Label, has_magnesium_row, label_text, statements_text
from spiders.job import Job
from spiders.problems import Spent, plain
from spiders.site import Recognised, Site

OFFICIAL = "api.ods.od.nih.gov"


class DsldSpider(SourceSpider):
    """Reads the zip, or searches for labels with magnesium and reads each one's document."""

    name = "dsld"
    remembers = False
    """Labels that the catalog has are not even asked for; what is read of the list depends on them."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.headers = {"X-Api-Key": job.dsld_key} if job.dsld_key else {}
        known = job.known()
        self.spared = frozenset[str]() if job.source.deep else known.keys
        """Labels that need not be fetched again."""
        increment = bool(self.spared and known.whole)
        self.from_zip = bool(job.source.bulk and not increment and not job.taste)
        self.newest_first = increment or (self.from_zip and not self.spared)
        """Whether to stop where nothing is new; after a gap the whole list is looked through for it."""
        self.listed = 0
        """Labels that the slices counted, of `self.total`."""
        self.total = 0
        self.pages = 0
        """Pages of hits so far."""
        self.tally.notes.append("a label database has no prices")

    @classmethod
    def recognise(cls, site: Site) -> Recognised | None:
        """The label database tells its version; its labels are of the US market and have no prices."""
        version, _ = site.json("dsld/version")
        if not (isinstance(version, dict) and "version" in version):
            return None
        bulk = BULK if urlsplit(site.base).hostname == OFFICIAL else None
        answer, _ = site.json(Slice().path())
        try:
            hits = readable(Hit, map(hit_of, answer["hits"]))
        except (KeyError, TypeError):
            return Recognised(market="US", bulk=bulk)
        count = count_of(answer) or len(hits)
        requests = 2 if bulk else 1 + -(-count // len(hits or [0])) + count
        return Recognised(None, "US", len(hits), sum(map(is_candidate, hits)), requests, bulk=bulk)

    @property
    def increment(self) -> bool:
        """Whether only what is new was asked for: of the rest nothing is known."""
        return bool(self.spared)

    async def start(self) -> AsyncIterator[Request]:
        """The zip first, where it is wanted; then the search."""
        if self.from_zip:
            try:
                await self.fill(self.job.source.bulk or "")
            except Spent as error:
                self._end(str(error))
            except SourceError as error:
                self.tally.fatal = str(error)
                return
        yield self.search(Slice())

    async def fill(self, bulk: str) -> None:
        """Hand over every label of the zip that has a magnesium row; raises SourceError."""
        remote = "://" in bulk
        path = await fetch_file(self, bulk) if remote else Path(bulk).expanduser()
        place = bulk if remote else f"file:{path.name}"

        def work(stop: Event) -> None:
            for found in read_zip(path, stop):
                self.take(found, place)

        try:
            await aside(self.crawler, work, self.watch)
        except SourceError:
            if remote:  # the next refresh fetches it anew
                path.unlink(missing_ok=True)
            raise
        if damaged := self.tally.skipped["damaged"]:
            name = plain(bulk) if remote else path.name
            self.tally.notes.append(f"{damaged:,} labels of {name} are damaged and were searched for one by one")
            self.newest_first = False

    def watch(self) -> None:
        """Tell how far the zip is read; raises Spent when the time is used up."""
        self.job.on_progress(self)
        self.budget.check(self.crawler.stats)

    def take(self, found: Entry | str, place: str) -> None:
        """One entry of the zip."""
        if isinstance(found, str):
            self.skip(found)
        elif self.unseen(found.id):
            if found.label is None:
                self.skip("no_magnesium")
            else:
                self.hand_over(partial(found.capture, place), [self.listing(found.label)])

    def search(self, part: Slice, start: int = 0, before: frozenset[str] = frozenset()) -> Request:
        """The request of one page of hits; `before` are the ids of the page before it."""
        return self.ask(self.url(part.path(start)), self.read_hits, part=part, start=start, before=before)

    async def read_hits(
        self, response: Response, data: Any, part: Slice, start: int, before: frozenset[str]
    ) -> list[Request]:
        """Ask for the label of every new hit that may contain magnesium, and for the next page of hits."""
        rows, count = rows_of(response, data, "hits"), count_of(data)
        if not start and not self.newest_first and self.is_split(part, count):
            return [self.search(smaller) for smaller in part.parts()]
        hits = self.shaped(Hit, map(hit_of, rows))
        ids, reached = frozenset(hit.id for hit in hits), start + len(rows)
        if not rows or self.repeats(response, ids, before):
            return []
        new = self.new(hits)
        further: list[Callable[[], Request]] = []
        if reached < WINDOW:
            further.append(partial(self.search, part, reached, ids))
        if not self.newest_first:
            return [*(self.label(hit, []) for hit in new), *(ask() for ask in further)]
        further = further or [self.look_through]
        return [self.label(hit, further) for hit in new]

    def repeats(self, response: Response, ids: frozenset[str], before: frozenset[str]) -> bool:
        """Whether the list goes on for ever: the page before it again, or more pages than are read."""
        self.pages += 1
        place = plain(response.url)
        if ids and ids <= before:
            self.tally.missing.append(f"{place} gave the same page again and again")
        elif self.pages >= MAX_PAGES:
            self.tally.missing.append(f"{place} has more than {MAX_PAGES:,} pages, more than are read")
        else:
            return False
        return True

    def is_split(self, part: Slice, count: int | None) -> bool:
        """Whether a slice is too large to be shown; notes what it counts."""
        if part == Slice():
            self.total = count or 0
        if count is not None and count > WINDOW and part.parts():
            return True
        self.listed += min(count or 0, WINDOW)
        return False

    def look_through(self) -> Request:
        """Search in slices after all: more is new than the search shows at once."""
        self.newest_first = False
        return self.search(Slice())

    def new(self, hits: list[Hit]) -> list[Hit]:
        """The hits whose labels are to be read; counts the others."""
        met = [hit for hit in hits if self.unseen(hit.id)]
        for _ in filter(lambda hit: hit.id in self.spared, met):
            self.skip("known")
        return self.candidates((hit for hit in met if hit.id not in self.spared), is_candidate)

    def label(self, hit: Hit, further: list[Callable[[], Request]]) -> Request:
        """The request of a label; `further` is what to ask for, once, if it or another label of its page is kept."""
        url = self.url(f"/dsld/v9/label/{hit.id}")
        return self.ask(url, self.read_label, needed=False, further=further)

    async def read_label(self, response: Response, data: Any, further: list[Callable[[], Request]]) -> list[Request]:
        """Keep one label, if it has a magnesium row."""
        try:
            label = Label.model_validate(data)
        except ValidationError:
            raise SourceError(f"{plain(response.url)} answered JSON that is no label") from None
        if not has_magnesium_row(label):
            self.skip("no_magnesium")
            return []
        self.keep(response, [self.listing(label)])
        return [further.pop()()] if further else []

    def closed(self, reason: str) -> None:
        """See SourceSpider; slices that do not add up to the whole are told."""
        if self.listed < self.total:
            counted = f"the database counts {self.total:,} labels with magnesium"
            self.tally.missing.append(f"{counted}, but its years and forms list {self.listed:,}")
        super().closed(reason)

    def listing(self, label: Label) -> Listing:
        """The label as text."""
        contents = "; ".join(content.display for content in label.net_contents if content.display)
        return Listing(
            source=self.job.name,
            source_key=label.id,
            url=self.page_for_people(label.id),
            title=label.full_name,
            brand=label.brand_name or None,
            gtin="".join(label.upc_sku.split()) or None,
            facts_text=label_text(label),
            description=statements_text(label) or None,
            pack=f"Net contents: {contents}" if contents else None,
            market=self.job.source.market or "US",
        )

    def page_for_people(self, key: str) -> str:
        """The label's page; the interface and the pages have hosts of their own."""
        if urlsplit(self.job.source.url).hostname == OFFICIAL:
            return f"https://dsld.od.nih.gov/label/{key}"
        return self.url(f"/label/{key}")
