"""Draw: a scene and a view as lines of text."""

from coterie.play.canvas import Canvas, single_cell
from coterie.play.panels import WIDTH, footer, header, help_lines, panels
from coterie.play.scene import Agent, Scene
from coterie.play.view import View

TEAM_STYLES = ("36", "31", "33", "35", "32", "34")  # cyan, red, yellow, magenta, green, blue
FAINT = "90"
GAP = 2


def whole_size(scene: Scene, view: View) -> tuple[int, int]:
    """Columns and rows that show the whole scene, all panels included."""
    lines = scene.text.splitlines()
    width = 2 * scene.width if scene.width else max(map(len, lines), default=0)
    height = max(scene.height, len(lines), len(panels(scene, view)))
    return max(width + GAP + WIDTH, 100), height + 2


def draw(
    scene: Scene, view: View, size: tuple[int, int], *, pace: float | None = None, colour: bool
) -> list[str]:
    """`size` is columns × rows, the lines returned are exactly as many as rows.

    `pace` is in steps per second, and only where a person plays.
    """
    columns, rows = size
    canvas = Canvas(columns, rows)
    canvas.put(0, 0, header(scene, view, pace), "1")
    has_panels = bool(view.panels) and columns >= WIDTH + 20
    width = columns - (WIDTH + GAP if has_panels else 0)
    if view.shows_help:
        for row, line in enumerate(help_lines(scene), start=1):
            canvas.put(row, 0, line[:width])
    elif scene.width:
        draw_map(canvas, scene, view, (width, rows - 2))
    else:
        for row, line in enumerate(scene.text.splitlines()[: rows - 2], start=1):
            canvas.put(row, 0, line[:width])
    if has_panels:
        for row, (line, team) in enumerate(panels(scene, view)[: rows - 2], start=1):
            canvas.put(row, width + GAP, line[:WIDTH], team_style(scene, team))
    if pace is not None:
        canvas.put(rows - 1, 0, footer(view), "7" if view.message or view.picker is not None else FAINT)
    return canvas.lines(colour=colour)


def team_style(scene: Scene, team: str | None) -> str:
    """The colour of a team, none without."""
    index = scene.team_index(team)
    return "" if index is None else TEAM_STYLES[index % len(TEAM_STYLES)]


class Window:
    """The part of the map that fits: cells `top`, `left` and on, each `pitch` columns wide."""

    def __init__(self, scene: Scene, view: View, size: tuple[int, int]) -> None:
        width, height = size
        self.pitch = 2 if 2 * scene.width <= width else 1
        self.rows = min(scene.height, height)
        self.cols = min(scene.width, width // self.pitch)
        row, col = view.centre(scene)
        self.top = min(max(row - self.rows // 2, 0), scene.height - self.rows)
        self.left = min(max(col - self.cols // 2, 0), scene.width - self.cols)

    def holds(self, row: int, col: int) -> bool:
        return 0 <= row - self.top < self.rows and 0 <= col - self.left < self.cols

    def put(self, canvas: Canvas, cell: tuple[int, int], text: str, style: str) -> None:
        """Draw at a cell of the map, if it is in sight; below the header line."""
        row, col = cell
        if self.holds(row, col):
            canvas.put(1 + row - self.top, (col - self.left) * self.pitch, text[: self.pitch], style)


def draw_map(canvas: Canvas, scene: Scene, view: View, size: tuple[int, int]) -> None:
    """Tiles first, then areas, objects in their team's colour, agents, and the cursor on top."""
    window = Window(scene, view, size)
    draw_tiles(canvas, scene, window)
    if view.shows_areas:
        draw_areas(canvas, scene, window)
    symbols = dict(zip(scene.kinds, scene.symbols, strict=True))
    for thing in scene.things:
        symbol = single_cell(symbols[thing.kind], thing.kind)
        window.put(canvas, (thing.row, thing.col), symbol, team_style(scene, thing.team))
    for agent in scene.agents:
        style = team_style(scene, agent.team)
        marked = ";7" if agent.id == view.agent else ""
        text = agent_text(agent, window.pitch)
        window.put(canvas, (agent.row, agent.col), text, f"1;{style or '37'}{marked}")
    if view.mode == "select":
        draw_cursor(canvas, view, window)


def agent_text(agent: Agent, pitch: int) -> str:
    """The agent's number, its last digits where there is no room: objects have letters, agents digits."""
    if pitch == 1:
        return str(agent.id % 10)
    return f"{agent.id % 10}*" if agent.is_frozen else f"{agent.id % 100:02d}"


def draw_tiles(canvas: Canvas, scene: Scene, window: Window) -> None:
    """Everything that does not move; kinds drawn `#` fill their cell, so that walls close."""
    symbols = [single_cell(symbol, kind) for symbol, kind in zip(scene.symbols, scene.kinds, strict=True)]
    for row in range(window.top, window.top + window.rows):
        for col in range(window.left, window.left + window.cols):
            tile = scene.tiles[row * scene.width + col]
            if tile:
                symbol = symbols[tile - 1]
                window.put(canvas, (row, col), symbol * 2 if symbol == "#" else symbol, FAINT)


def draw_areas(canvas: Canvas, scene: Scene, window: Window) -> None:
    """Empty cells within a team's areas get a dot of its colour, a cross where areas of several meet."""
    owners: dict[tuple[int, int], set[str | None]] = {}
    for thing in scene.things:
        if thing.radius <= 0 or (scene.teams and thing.team is None):
            continue  # where teams play, what is nobody's acts on nobody
        for row in range(max(thing.row - thing.radius, 0), min(thing.row + thing.radius + 1, scene.height)):
            for col in range(
                max(thing.col - thing.radius, 0), min(thing.col + thing.radius + 1, scene.width)
            ):
                if not scene.tiles[row * scene.width + col]:
                    owners.setdefault((row, col), set()).add(thing.team)
    for cell, teams in owners.items():
        mark, team = ("·", next(iter(teams))) if len(teams) == 1 else ("×", None)
        window.put(canvas, cell, mark, team_style(scene, team) or FAINT)


def draw_cursor(canvas: Canvas, view: View, window: Window) -> None:
    """The cell under the cursor, reversed."""
    if window.holds(view.row, view.col):
        row, col = 1 + view.row - window.top, (view.col - window.left) * window.pitch
        canvas.put(row, col, canvas.cells[row][col], "7")
