"""Serving: a shelf of replays at an address of this machine, until somebody ends it."""

import logging
import socket
from collections.abc import Callable

import uvicorn

from coterie.config import ConfigError
from coterie.server.app import LOOPBACK, application
from coterie.server.live import Room
from coterie.server.shelf import Shelf

MOST_CONNECTIONS = 256  # at once; more are told to come back
MOST_WISH = 1 << 12  # bytes of what a viewer asks for at once


class Server(uvicorn.Server):
    """One that ends in silence: what it cuts off then is no error."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def serve(
    shelf: Shelf,
    room: Room | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until interrupted; `ready` is told the address as soon as connections are taken.

    Port 0 is any free one. A ConfigError says that the port is taken or the host not ours.
    """
    with listening(host, port) as sock:
        address = f"http://{shown(host)}:{sock.getsockname()[1]}/"
        if ready is not None:
            ready(address)
        hosts = LOOPBACK if host in LOOPBACK else ("*",)
        config = uvicorn.Config(
            application(shelf, room, hosts=hosts),
            log_level="error",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=1,
            ws_max_size=MOST_WISH,
        )
        try:
            Server(config).run(sockets=[sock])
        except KeyboardInterrupt:
            pass  # how a person ends it


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error}; port 0 takes any free one") from None


def shown(host: str) -> str:
    """The host as it is written in an address a person can open."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
