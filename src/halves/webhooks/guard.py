"""Where a request may go: nowhere inside. Names are resolved here and connected to as resolved.

A name that means an inside address today or on the next lookup, a number written in octal or hex,
an IPv4 address dressed as IPv6: all end in an address, and the address is looked at. Nothing
follows a redirect.
"""

import ipaddress
import os
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore

from halves.webhooks.errors import EndpointRefused

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = frozenset({80, 443, 8080, 8443})
_NO_ADDRESS = "the name {host!r} has no address: is it spelt right?"
_INSIDE = "{host!r} is {address}, which is not on the public internet"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked(url: str) -> SplitResult:
    """A URL that may be told of events.

    Raises:
        EndpointRefused: no https, a password in it, a strange port, or an inside address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise EndpointRefused(f"must be a web address, got {url!r}: {wrong}") from None
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host:
        raise EndpointRefused(f"must begin with https:// and name a host, got {url!r}")
    is_allowed = host in allowed_inside()
    if parts.scheme == "http" and not is_allowed:
        raise EndpointRefused("must be https: what is told must not be read on the way")
    if parts.username or parts.password:
        raise EndpointRefused("must hold no password: signatures say who is asking")
    if port is not None and port not in _PORTS and not is_allowed:
        allowed = ", ".join(map(str, sorted(_PORTS)))
        raise EndpointRefused(f"port must be one of {allowed}, got {port}")
    return parts


def allowed_inside() -> frozenset[str]:
    """Inside hosts that whoever runs the house lets events go to: HALVES_WEBHOOK_HOSTS."""
    said = os.environ.get("HALVES_WEBHOOK_HOSTS", "")
    return frozenset(one.strip() for one in said.split(",") if one.strip())


def addresses_of(host: str, port: int) -> list[str]:
    """The public addresses of a host, as looked up now.

    Raises:
        EndpointRefused: it has none, or one of them is inside.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise EndpointRefused(_NO_ADDRESS.format(host=host)) from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if host not in allowed_inside():
        insist_public(host, addresses)
    return addresses


def insist_public(host: str, addresses: Iterable[str]) -> None:
    """Refuse a host if any of its addresses is inside.

    Raises:
        EndpointRefused: names the address.
    """
    for said in addresses:
        if not _is_public(ipaddress.ip_address(said.partition("%")[0])):
            raise EndpointRefused(_INSIDE.format(host=host, address=said))


def _is_public(address: Address) -> bool:
    inner = _within(address)
    if inner is not None:
        return _is_public(inner)
    return address.is_global and not address.is_multicast


def _within(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


class Guarded(httpcore.NetworkBackend):
    """Connects to the address that was looked at, so that no second lookup can say another."""

    def __init__(self) -> None:
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """Look the host up, refuse what is inside, connect to what is left."""
        failed: Exception | None = None
        for address in addresses_of(host, port):
            try:
                return self._real.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                failed = refused
        raise failed or httpcore.ConnectError(_NO_ADDRESS.format(host=host))
