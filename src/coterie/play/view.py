"""View: where a person looks, what is paused or steered, and what each key changes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from coterie.play.scene import Scene

SPEEDS = (1, 2, 4, 8, 15, 30, 60, 125, 250, 500, 1000, 100_000)  # steps per second
DIRECTIONS = {"w": ("north", "up"), "s": ("south", "down"), "a": ("west", "left"), "d": ("east", "right")}
ARROWS = {"i": (-1, 0), "k": (1, 0), "j": (0, -1), "l": (0, 1)}
VIBE = "change_vibe_"


@dataclass(slots=True)
class View:
    """What is on the screen and whom the person steers. `row` and `col` are the camera, or the cursor."""

    actions: Sequence[str] = ()
    mode: Literal["follow", "pan", "select"] = "follow"
    agent: int = 0
    row: int = 0
    col: int = 0
    speed: int = SPEEDS.index(8)
    is_paused: bool = True
    is_manual: bool = False
    is_over: bool = False
    shows_areas: bool = False
    shows_help: bool = False
    panels: set[int] = field(default_factory=lambda: {1, 2, 3})
    picker: int | None = None
    wish: str | None = None
    wants_step: bool = False
    message: str = ""

    def choices(self) -> list[str]:
        """What the picker offers: the vibes, or every action where there are none."""
        return [name for name in self.actions if name.startswith(VIBE)] or list(self.actions)

    def centre(self, scene: Scene) -> tuple[int, int]:
        """The cell in the middle of the screen."""
        if self.mode == "follow" and self.agent < len(scene.agents):
            return scene.agents[self.agent].row, scene.agents[self.agent].col
        return self.row, self.col


def press(view: View, key: str, scene: Scene) -> None:
    """Change the view as the key says: one character, or up, down, left, right, enter, escape."""
    view.message = ""
    if view.picker is not None:
        pick(view, key)
    elif key.lower() in ARROWS:
        pan(view, key, scene)
    elif key in DIRECTIONS or key == "r":
        steer(view, key)
    elif key in KEYS:
        KEYS[key](view, scene)


def pan(view: View, key: str, scene: Scene) -> None:
    """Move the camera or the cursor, ten cells with a capital."""
    if view.mode == "follow":
        set_mode(view, scene, "pan")
    down, right = ARROWS[key.lower()]
    far = 10 if key.isupper() else 1
    view.row = min(max(view.row + down * far, 0), max(scene.height - 1, 0))
    view.col = min(max(view.col + right * far, 0), max(scene.width - 1, 0))


def steer(view: View, key: str) -> None:
    """Wish for a move, or for rest, of the agent under manual control."""
    if not view.is_manual:
        view.message = f"press m to steer agent {view.agent}"
        return
    words = DIRECTIONS.get(key, ("noop", "rest"))
    names = [name for word in words for name in (word, f"move_{word}") if name in view.actions]
    if names:
        wish(view, names[0])
    else:
        view.message = f"this game has no action {words[0]}; e offers all there are"


def wish(view: View, action: str) -> None:
    """The selected agent does this in the next step, which comes at once if the game is paused."""
    view.wish = action
    view.wants_step = True


def pick(view: View, key: str) -> None:
    """Move in the picker, take what it points at, or leave."""
    choices = view.choices()
    if key in ("up", "left", "i", "j", "w", "a"):
        view.picker = ((view.picker or 0) - 1) % len(choices)
    elif key in ("down", "right", "k", "l", "s", "d"):
        view.picker = ((view.picker or 0) + 1) % len(choices)
    elif key == "enter":
        wish(view, choices[view.picker or 0])
        view.picker = None
    elif key in ("escape", "q", "e"):
        view.picker = None


def set_mode(view: View, scene: Scene, mode: Literal["follow", "pan", "select"]) -> None:
    """Camera and cursor start where the person looked before."""
    view.row, view.col = view.centre(scene)
    view.mode = mode


def change_agent(view: View, scene: Scene, by: int) -> None:
    view.agent = (view.agent + by) % max(len(scene.agents), 1)


def change_speed(view: View, scene: Scene, by: int) -> None:
    view.speed = min(max(view.speed + by, 0), len(SPEEDS) - 1)


def toggle_panel(view: View, scene: Scene, panel: int) -> None:
    view.panels ^= {panel}


def toggle_pause(view: View, scene: Scene) -> None:
    view.is_paused = not view.is_paused


def toggle_manual(view: View, scene: Scene) -> None:
    view.is_manual = not view.is_manual


def toggle_areas(view: View, scene: Scene) -> None:
    view.shows_areas = not view.shows_areas


def toggle_help(view: View, scene: Scene) -> None:
    view.shows_help = not view.shows_help


def open_picker(view: View, scene: Scene) -> None:
    if view.choices():
        view.picker = 0


def step_once(view: View, scene: Scene) -> None:
    view.is_paused = True
    view.wants_step = True


def quit_game(view: View, scene: Scene) -> None:
    view.is_over = True


KEYS: dict[str, Callable[[View, Scene], None]] = {
    "f": lambda view, scene: set_mode(view, scene, "follow"),
    "p": lambda view, scene: set_mode(view, scene, "pan"),
    "t": lambda view, scene: set_mode(view, scene, "select"),
    "[": lambda view, scene: change_agent(view, scene, -1),
    "]": lambda view, scene: change_agent(view, scene, 1),
    "<": lambda view, scene: change_speed(view, scene, -1),
    ",": lambda view, scene: change_speed(view, scene, -1),
    ">": lambda view, scene: change_speed(view, scene, 1),
    ".": lambda view, scene: change_speed(view, scene, 1),
    "1": lambda view, scene: toggle_panel(view, scene, 1),
    "2": lambda view, scene: toggle_panel(view, scene, 2),
    "3": lambda view, scene: toggle_panel(view, scene, 3),
    " ": toggle_pause,
    "m": toggle_manual,
    "e": open_picker,
    "o": toggle_areas,
    "?": toggle_help,
    "n": step_once,
    "enter": step_once,
    "q": quit_game,
}

HELP = (
    ("space", "play or pause"),
    ("n", "one step"),
    ("< >", "slower, faster"),
    ("i k j l", "move the view (capitals: ten cells)"),
    ("f p t", "follow the agent, move freely, cursor"),
    ("[ ]", "previous, next agent"),
    ("m", "steer the agent yourself, or let go"),
    ("w a s d", "move (while steering); r rests"),
    ("e", "pick a vibe"),
    ("o", "areas of effect"),
    ("1 2 3", "panels: agent, agents, teams"),
    ("?", "this page"),
    ("q", "leave"),
)
