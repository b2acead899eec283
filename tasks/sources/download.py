"""Downloads that a hostile list of addresses cannot turn against the network they are started from."""

import ipaddress
import socket
import ssl
import time
from functools import lru_cache

import httpx

from artmodels.errors import AtelierError

SECONDS = 30.0
"""How long to wait for a connection, or for the next bytes."""

MOST_SECONDS = 600.0
"""How long a download may take in all: a byte now and then would keep it open for ever."""

REDIRECTS = 5
"""How many redirects are followed; each is checked like the first address."""


def download(url: str, max_bytes: int, allow_private: bool) -> bytes:
    """Return what `url` holds.

    Only https. The host's name is resolved once and the connection made to the address that was checked,
    so that a name server cannot answer differently the second time. Proxies of the environment are not
    used: they would resolve the name again.

    Args:
        url: an https address.
        max_bytes: the download stops with an error above this many bytes, whatever the header promised.
        allow_private: also connect to private, loopback and link-local addresses.

    Raises:
        AtelierError: the address is not accepted, or the download failed; says why.
    """
    transport = _CheckedTransport(allow_private)
    try:
        with (
            httpx.Client(
                transport=transport,
                timeout=SECONDS,
                follow_redirects=True,
                max_redirects=REDIRECTS,
                headers={"User-Agent": "atelier", "Accept-Encoding": "identity"},
                trust_env=False,
            ) as client,
            client.stream("GET", url) as response,
        ):
            return _read(response, max_bytes)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        raise AtelierError(f"The download of {url} failed: {error or type(error).__name__}.") from error


def _read(response: httpx.Response, max_bytes: int) -> bytes:
    """Read the body of a response; raises AtelierError above `max_bytes`, after `MOST_SECONDS`, or if the status
    is not 200."""
    if response.status_code != httpx.codes.OK:
        raise AtelierError(f"The download of {response.url} failed: status {response.status_code}.")
    content, started = bytearray(), time.monotonic()
    promised = response.headers.get("Content-Length", "")
    length = int(promised) if promised.isdecimal() else 0
    for chunk in response.iter_bytes():
        content += chunk
        if max(length, len(content)) > max_bytes:
            raise AtelierError(f"{response.url} is longer than the {max_bytes} bytes of ATELIER_MAX_DOWNLOAD_BYTES.")
        if time.monotonic() - started > MOST_SECONDS:
            raise AtelierError(f"The download of {response.url} took longer than {MOST_SECONDS:g} seconds.")
    return bytes(content)


class _CheckedTransport(httpx.HTTPTransport):
    """Checks every request, also after a redirect, and connects to the address that passed the check."""

    def __init__(self, allow_private: bool) -> None:
        super().__init__(verify=_trusted())
        self._allow_private = allow_private

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme != "https":
            raise AtelierError(f"{url} is not accepted: only https addresses are.")
        address = checked_address(url.host, url.port or 443, self._allow_private)
        # The certificate is still checked against the name, which the Host header also keeps.
        pinned = httpx.Request(
            request.method,
            url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        return super().handle_request(pinned)


def checked_address(host: str, port: int, allow_private: bool) -> str:
    """Resolve a host and return its first address.

    Raises:
        AtelierError: the name is unknown, or any of its addresses is not public.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AtelierError(f"The host {host!r} cannot be found: {error}.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not allow_private and not _is_public(address):
            raise AtelierError(
                f"{host!r} is at {address}, a private address: ATELIER_ALLOW_PRIVATE_URLS=true allows those."
            )
    return addresses[0]


def _is_public(address: str) -> bool:
    """Whether an address belongs to the open internet, also where IPv6 wraps an IPv4 address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        wrapped = parsed.ipv4_mapped or parsed.sixtofour
        if wrapped is not None:
            return _is_public(str(wrapped))
        if parsed in _NAT64:
            return _is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The system's certificate authorities (SSL_CERT_FILE is heeded); slow to load, so once."""
    return ssl.create_default_context()
