"""Which addresses may be connected to: the public internet, and what the user configured as an address of their own.

A shop's name can lead anywhere, today here and tomorrow there, so what counts is the address that a connection really
goes to (spiders.resolver for crawls, `guarded_session` for single questions), not what the name meant a moment before.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure's platform and metadata service, inside public space
        "192.0.0.0/24",  # IETF protocol assignments; Oracle Cloud's metadata service
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
    )
)
"""Not public, whatever the standard library says."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for the IPv4 address in their last 32 bits (RFC 6052)."""


class PrivateAddressError(OSError):
    """A host's name leads to an address that is not public."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet: not private, loopback, link-local, multicast, metadata."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in CLOSED)


def own_hosts(urls: Iterable[str]) -> frozenset[str]:
    """The hosts that may be private: addresses and `localhost` as configured, and the proxies of the environment."""
    hosts = {urlsplit(url).hostname or "" for url in urls}
    proxies = {urlsplit(url).hostname or "" for url in getproxies().values() if "://" in url}
    return frozenset({host for host in hosts if _is_address(host) or host == "localhost"} | proxies)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def guarded_session(url: str) -> requests.Session:
    """A session that connects to public addresses only, and to the host of `url` when that is an address itself."""
    session = requests.Session()
    session.auth = lambda request: request  # or requests sends what ~/.netrc holds for the host
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Guard(own_hosts([url])))
    return session


def private_address(error: BaseException | None) -> str:
    """What a guarded session refused, for the sentence of an error that came of it; else empty."""
    while error is not None and not isinstance(error, PrivateAddressError):
        error = error.__context__
    return str(error or "")


class _Guard(HTTPAdapter):
    """Looks at the address of every connection before a byte is sent."""

    def __init__(self, own: frozenset[str]) -> None:
        self.own = own
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let the pools make guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        own = self.own

        class Plain(HTTPConnection):
            def _new_conn(self) -> Any:
                return _checked(super()._new_conn(), self.host, own)

        class Encrypted(HTTPSConnection):
            def _new_conn(self) -> Any:
                return _checked(super()._new_conn(), self.host, own)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}


def _checked(connection: Any, host: str, own: frozenset[str]) -> Any:
    address = connection.getpeername()[0]
    if host.strip("[]").lower() in own or is_public(address):
        return connection
    connection.close()
    raise PrivateAddressError(f"was not fetched: {host} leads to {address}, which is a private address")
