"""Looks up names for crawls, and gives no connection an address that it may not go to (spiders.addresses)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from spiders.addresses import is_public

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase

REFUSED: dict[str, str] = {}
"""Host to the private address that it led to, for the message: a connection fails just as for an unknown host."""


@implementer(IHostnameResolver)
class PublicResolver(CachingHostnameResolver):
    """Twisted's own resolver; its answers are filtered each time that a connection asks: a name cannot change sides."""

    def __init__(self, reactor: ReactorBase, cache_size: int, own: frozenset[str]) -> None:
        super().__init__(reactor, cache_size)
        self.own = own

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> PublicResolver:
        """Wire it; the setting `OWN_HOSTS` names the hosts that may be private."""
        return cls(reactor, crawler.settings.getint("DNSCACHE_SIZE"), frozenset(crawler.settings.getlist("OWN_HOSTS")))

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """See IHostnameResolver."""
        host, receiver = hostName.lower(), resolutionReceiver
        if host not in self.own:
            receiver = cast(IResolutionReceiver, PublicOnly(resolutionReceiver, host))
        return super().resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IResolutionReceiver)
class PublicOnly:
    """Hands on the public addresses."""

    def __init__(self, receiver: Any, host: str) -> None:
        self.receiver, self.host = receiver, host

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        """See IResolutionReceiver, as for the others."""
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if is_public(address.host):
            self.receiver.addressResolved(address)
        else:
            REFUSED[self.host] = address.host

    def resolutionComplete(self) -> None:  # noqa: N802
        self.receiver.resolutionComplete()
