"""Which addresses may be connected to: the public internet, and what the user configured as an address of their own.

A shop's name can lead anywhere, today here and tomorrow there, so what counts is the address that a connection really
goes to (spiders.resolver for crawls, `guarded_session` for single questions), not what the name meant a moment before.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from contextlib import suppress
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
OWN = tuple(
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""Where a user's own servers may stand (RFC 1918, RFC 4193)."""
METADATA = tuple(ipaddress.ip_network(network) for network in ("fd00:ec2::/32", "fd20:ce::/32"))
"""Metadata services of clouds inside these; all others are outside."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for the IPv4 address in their last 32 bits (RFC 6052)."""


REFUSAL = "was not fetched: {host} leads to {address}, which is a private address"


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
    """The hosts that may be private: addresses and `localhost` as configured, and the proxies of the environment.

    No shop is at a link-local or metadata address, so these are refused even when they are configured.
    """
    hosts = {urlsplit(url).hostname or "" for url in urls}
    proxies = {urlsplit(url).hostname or "" for url in getproxies().values() if "://" in url}
    return frozenset({host for host in hosts if host == "localhost" or _may_be_own(host)} | proxies)


def _may_be_own(host: str) -> bool:
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:  # a name
        return False
    return any(ip in network for network in OWN) and not any(ip in network for network in METADATA)


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
                return _checked(super()._new_conn, self.host, own)

        class Encrypted(HTTPSConnection):
            def _new_conn(self) -> Any:
                return _checked(super()._new_conn, self.host, own)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}


def _checked(connect: Callable[[], Any], host: str, own: frozenset[str]) -> Any:
    """The connection, if it goes where it may; a forbidden address is not even knocked at when it is known before."""
    host = host.strip("[]").lower()
    if host in own:
        return connect()
    with suppress(ValueError):  # a name
        if not is_public(host):
            raise PrivateAddressError(REFUSAL.format(host=host, address=host))
    connection = connect()
    if not is_public(address := connection.getpeername()[0]):
        connection.close()
        raise PrivateAddressError(REFUSAL.format(host=host, address=address))
    return connection
