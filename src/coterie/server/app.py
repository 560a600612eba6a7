"""App: the HTTP face of a shelf of replays; it reads nothing else and changes nothing."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

import coterie
from coterie.config import ConfigError
from coterie.server import page
from coterie.server.frames import PIECE, piece
from coterie.server.live import Room
from coterie.server.parting import parting
from coterie.server.shelf import Shelf
from coterie.server.sockets import add_live

MOST_UPLOAD = 64 << 20
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1", "testserver")

Name = Annotated[str, Query(alias="replay", max_length=4096)]
Tick = Annotated[int, Query(ge=0, lt=2**53)]
Next = Callable[[Request], Awaitable[Response]]


def application(shelf: Shelf, room: Room | None = None, *, hosts: tuple[str, ...] = LOOPBACK) -> FastAPI:
    """The viewer at `/` and its data below `/api`; errors are JSON `{"error": sentence}`.

    With a `room` what is played there can be seen and steered. `hosts` are the names it answers to: a page of
    another site that points its own name here gets nothing.
    """
    app = FastAPI(
        title="coterie", version=coterie.__version__, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.middleware("http")(guarded)
    app.exception_handler(ConfigError)(refused)
    add_viewer(app)
    add_replays(app, shelf)
    add_long_answers(app, shelf)
    if room is not None:
        add_live(app, room)
    return app


async def guarded(request: Request, go_on: Next) -> Response:
    """What every answer says to the browser."""
    response = await go_on(request)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


async def refused(request: Request, error: Exception) -> Response:
    """A clear sentence instead of a page of code."""
    missing = str(error).startswith("there is no replay")
    return JSONResponse({"error": str(error)}, status_code=404 if missing else 422)


def add_viewer(app: FastAPI) -> None:
    """The page itself; a browser that has it is told so."""

    @app.get("/")
    def viewer(request: Request) -> Response:
        text = page.viewer()
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return HTMLResponse(text, headers={"ETag": tag, "Content-Security-Policy": POLICY})


# All of the viewer stands in its one file; whatever a replay says, nothing is fetched from anywhere else.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def add_replays(app: FastAPI, shelf: Shelf) -> None:
    """The shelf, and of each replay its head, its frames and its statistics; and new replays for it."""

    @app.get("/api/replays")
    def replays() -> Any:
        return shelf.rows()

    @app.get("/api/head")
    def head(replay: Name, tick: Tick | None = None) -> Any:
        shown = shelf.film(replay)
        with shown.lock:
            first = {} if tick is None else {"frame": piece(shown.film, tick, 1)}
            name = shelf.own_name(replay)
            return quick({"name": name, "live": shelf.is_live(name)} | page.head(shown.film) | first)

    @app.get("/api/frames")
    def frames(
        replay: Name,
        first: Tick = 0,
        count: Annotated[int, Query(ge=1, le=4 * PIECE)] = PIECE,
        stride: Annotated[int, Query(ge=1, le=1 << 20)] = 1,
    ) -> Any:
        shown = shelf.film(replay)
        with shown.lock:
            return quick(piece(shown.film, first, count, stride))

    @app.get("/api/statistics")
    def statistics(replay: Name, tick: Tick) -> Any:
        shown = shelf.film(replay)
        with shown.lock:
            return quick(shown.film.statistics(tick))

    # Only a page of ours can send this type without being asked by the browser whether it may.
    @app.post("/api/replays")
    async def give(request: Request, name: Annotated[str, Query(max_length=255)] = "dropped") -> Any:
        if request.headers.get("content-type") != "application/octet-stream":
            return JSONResponse({"error": "send the file as application/octet-stream"}, status_code=415)
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > MOST_UPLOAD:
                return JSONResponse(
                    {"error": f"more than {MOST_UPLOAD >> 20} MB: give it to `coterie replay` as a file"},
                    status_code=413,
                )
        return {"name": await run_in_threadpool(shelf.give, bytes(data), name)}


def add_long_answers(app: FastAPI, shelf: Shelf) -> None:
    """What looks at all ticks of a replay: its overview, the one page, and where it parts from another."""

    @app.get("/api/overview")
    def whole(replay: Name, points: Annotated[int, Query(ge=1, le=4096)] = 256) -> Any:
        return quick(shelf.film(replay).overview(points))

    @app.get("/api/page")
    def single(replay: Name) -> Response:
        shown = shelf.film(replay)
        with shown.lock:
            return HTMLResponse(page.single_page(shown.film), headers={"Content-Disposition": "attachment"})

    @app.get("/api/parting")
    def apart(replay: Name, other: Annotated[str, Query(alias="with", max_length=4096)]) -> Any:
        return quick(parting(shelf.film(replay), shelf.film(other)))


def quick(data: Any) -> Response:
    """JSON without a look at every value, which takes longer than making it."""
    return Response(json.dumps(data, separators=(",", ":")), media_type="application/json")
