"""Reel: a replay in the terminal, drawn as play is, with keys that go to any of its ticks."""

import shutil
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

from coterie.play.draw import draw, whole_size
from coterie.play.keyboard import Keyboard
from coterie.play.scene import Agent, Scene, from_snapshot, look
from coterie.play.terminal import FRAMES_PER_SECOND, has_colour, paint
from coterie.play.view import SPEEDS, View, press
from coterie.replays import json_z
from coterie.replays.exports import nearest_keyframe
from coterie.replays.imported import Imported
from coterie.replays.notation import Keyframe
from coterie.replays.playback import Playback, Stale
from coterie.replays.reading import Replay, read

SEEK = {"right": 1, "left": -1, "b": -1, "down": 100, "up": -100}
STEERING = frozenset("mewasdr")
HINT = "space play  left right 1 tick  up down 100  g G ends  < > speed  [ ] agent  ? help  q leave"


class Film:
    """The scenes of a replay by tick; where its rules have changed since, those of its keyframes."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.player: Playback | None = None
        self.problem = f"{replay.damage}; {replay.ticks} ticks could be read" if replay.damage else ""
        try:
            self.player = Playback(replay)
        except Stale as error:
            nearest_keyframe(replay, 0)  # none: then that is said
            self.problem = str(error)

    def scene(self, tick: int) -> Scene:
        """How the world looked after a tick."""
        if self.player is None:
            return of_keyframe(nearest_keyframe(self.replay, tick))
        self.player.seek(tick)
        return look(self.player.batch)

    @property
    def ticks(self) -> list[int]:
        """Those there is a scene of."""
        if self.player is None:
            return [frame.tick for frame in self.replay.keyframes]
        return list(range(self.replay.header.first, self.replay.last + 1))


class Foreign:
    """The scenes of a replay that another program wrote."""

    def __init__(self, found: Imported) -> None:
        self.found = found
        self.title = found.title()
        self.problem = found.problem
        self.ticks = list(range(found.first, found.last + 1))

    def scene(self, tick: int) -> Scene:
        return from_snapshot(self.title | self.found.snapshot(tick))


def film_of(path: Path) -> Film | Foreign:
    """The film of a file, ours or another program's; a ReplayError says why there is none."""
    if json_z.is_named(path):
        return Foreign(Imported(json_z.load(path), path.name))
    return Film(read(path))


def of_keyframe(frame: Keyframe) -> Scene:
    """The scene that was kept."""
    if "tiles" in frame.snapshot:
        return from_snapshot(frame.snapshot)
    actions = frame.actions or [""] * len(frame.returns)
    rows = zip(actions, frame.rewards, frame.returns, strict=True)
    agents = [Agent(id=k, action=a, reward=r, total=t) for k, (a, r, t) in enumerate(rows)]
    return Scene(step=frame.tick, max_steps=0, agents=agents, text=frame.text)


def printed(film: Film | Foreign, every: int, first: int = 0) -> Iterator[str]:
    """Frames for where nobody sits: that of tick `first`, one each `every` ticks, and the last."""
    view, ticks = View(), [tick for tick in film.ticks if tick >= first] or film.ticks[-1:]
    for number, tick in enumerate(ticks):
        if tick % every == 0 or number in (0, len(ticks) - 1):
            scene = film.scene(tick)
            lines = draw(scene, view, whole_size(scene, view), colour=has_colour())
            yield "\n".join(lines).rstrip("\n") + "\n"


class Reel:
    """Shows a film and obeys the keys until the person leaves; starts paused."""

    def __init__(self, film: Film | Foreign, tick: int | None = None) -> None:
        self.film, self.ticks = film, film.ticks
        self.view = View()
        self.place = 0
        self.colour = has_colour()
        self.seek(self.ticks[0] if tick is None else tick)

    def seek(self, tick: int) -> None:
        """To the last tick there is a scene of, up to this one."""
        self.place = max(bisect_right(self.ticks, tick) - 1, 0)

    def run(self) -> None:
        """Draw and take keys until the person leaves."""
        view = self.view
        with Keyboard() as keyboard:
            while not view.is_over:
                scene = self.draw()
                speed = SPEEDS[view.speed]
                key = keyboard.read(0.5 if view.is_paused else 1 / min(speed, FRAMES_PER_SECOND))
                if key is not None:
                    self.press(key, scene)
                elif not view.is_paused:
                    self.move(max(1, speed // FRAMES_PER_SECOND))

    def draw(self) -> Scene:
        """Paint the scene at hand."""
        view, scene = self.view, self.film.scene(self.ticks[self.place])
        view.message = view.message or self.film.problem or HINT
        paint(draw(scene, view, shutil.get_terminal_size(), pace=0.0, colour=self.colour))
        return scene

    def press(self, key: str, scene: Scene) -> None:
        """A key that seeks, or one of those that play has, too, but for steering."""
        self.view.message = ""
        if key in SEEK:
            self.move(SEEK[key])
        elif key in ("g", "G"):
            self.seek(self.ticks[0] if key == "g" else self.ticks[-1])
        elif key in STEERING:
            self.view.message = "what is recorded cannot be steered"
        else:
            press(self.view, key, scene)
            if self.view.wants_step:
                self.view.wants_step = False
                self.move(1)

    def move(self, ticks: int) -> None:
        """So many ticks on, or back; it stops at the last."""
        here = self.ticks[self.place]
        before, self.place = self.place, 0
        self.seek(here + ticks)
        if ticks > 0 and self.place == before and self.ticks[-1] > here:
            self.place = before + 1  # keyframes lie farther apart
        if self.place == len(self.ticks) - 1:
            self.view.is_paused = True
