"""Sockets: what a live episode tells every viewer, frame by frame, and what viewers ask of it."""

import asyncio
import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from coterie.server.frames import delta
from coterie.server.live import MOST_VIEWERS, Room, Viewer

PAUSE = 1 / 40  # seconds between two looks at what is new: no eye wants more frames
FULL = f"{MOST_VIEWERS} are watching already; come back later, what was played so far can be seen here"


def add_live(app: FastAPI, room: Room) -> None:
    """The live episode at `/api/live`: state and frames come, wishes go, all as JSON objects.

    A frame is `key`, the whole world, or `delta` to the one sent before. A viewer is sent one frame after the
    other, always the newest: who is slow sees fewer and holds nobody up.
    """

    @app.websocket("/api/live")
    async def live(socket: WebSocket) -> None:
        if not is_own_page(socket):
            return await socket.close(1008)  # before it is accepted: the browser is told 403
        await socket.accept()
        viewer = room.enter()
        if viewer is None:
            await socket.send_json({"sentence": FULL})
            return await socket.close(1013)
        telling = asyncio.create_task(tell(socket, room, viewer))
        try:
            await listen(socket, room, viewer)
        finally:
            room.leave(viewer)
            telling.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await telling


def is_own_page(socket: WebSocket) -> bool:
    """Whether the page that asks is ours; any page may open a socket to any address, but says whose it is."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")


async def listen(socket: WebSocket, room: Room, viewer: Viewer) -> None:
    """Do what is asked, until they leave."""
    with suppress(WebSocketDisconnect):
        while True:
            try:
                wish = json.loads(await socket.receive_text())
            except (ValueError, RecursionError, KeyError):
                wish = None
            if not isinstance(wish, dict):
                viewer.sentence = "a wish is a JSON object"
            elif why := room.obey(viewer, wish):
                viewer.sentence = why


async def tell(socket: WebSocket, room: Room, viewer: Viewer) -> None:
    """Send what is new, over and over; the next only when the last is gone."""
    state: dict[str, Any] = {}
    episode, tick, frame = "", -1, {}
    with suppress(WebSocketDisconnect):
        while True:
            message: dict[str, Any] = {}
            now = room.state(viewer)
            found = await run_in_threadpool(room.newest)
            if found is not None and (found[0], found[1]) != (episode, tick):
                is_same = found[0] == episode
                part = {"delta": delta(frame, found[2])} if is_same else {"key": found[2]}
                episode, tick, frame = found
                message |= {"episode": episode, "tick": tick} | part
            if now != state:
                message["state"] = state = now
            if viewer.sentence:
                message["sentence"], viewer.sentence = viewer.sentence, ""
            if message:
                await socket.send_text(json.dumps(message, separators=(",", ":")))
            await asyncio.sleep(PAUSE)
