"""Panels: what stands beside the map, as lines of text with the team whose colour they take."""

from coterie.play.canvas import single_cell
from coterie.play.scene import Agent, Scene, Team, Thing
from coterie.play.view import HELP, SPEEDS, VIBE, View

WIDTH = 38

Line = tuple[str, str | None]  # text, and the team that colours it


def panels(scene: Scene, view: View) -> list[Line]:
    """The lines of all panels that are on, one below the other."""
    lines: list[Line] = []
    if 1 in view.panels and view.agent < len(scene.agents):
        lines += agent_panel(scene.agents[view.agent], view)
    if view.mode == "select":
        lines += cell_panel(scene, view)
    if 3 in view.panels:
        for team in filter(has_something, scene.teams):
            lines += team_panel(team)
    if 2 in view.panels:
        lines += roster_panel(scene, view)
    return lines


def agent_panel(agent: Agent, view: View) -> list[Line]:
    """All that is known of the selected agent."""
    lines: list[Line] = [(f"agent {agent.id}{' (you steer)' if view.is_manual else ''}", agent.team)]
    if agent.row >= 0:
        lines.append((f"  at {agent.row},{agent.col}{', frozen' if agent.is_frozen else ''}", None))
    if agent.team or agent.vibe:
        lines.append((f"  {agent.team or 'no team'}, vibe {agent.vibe or 'none'}", agent.team))
    if agent.action:
        lines.append((f"  {agent.action}{'' if agent.is_success else ' (failed)'}", None))
    lines.append((f"  reward {agent.reward:+.4g}, return {agent.total:.4g}", None))
    return [*lines, *stock(agent.inventory), ("", None)]


def cell_panel(scene: Scene, view: View) -> list[Line]:
    """What is under the cursor."""
    here = [f"  agent {agent.id}" for agent in scene.agents if (agent.row, agent.col) == (view.row, view.col)]
    thing = scene.thing_at(view.row, view.col)
    at = view.row * scene.width + view.col
    tile = scene.tiles[at] if at < len(scene.tiles) else 0
    lines: list[Line] = [(f"cell {view.row},{view.col}", None), *((text, None) for text in here)]
    if thing is not None:
        lines += thing_lines(thing)
    elif tile:
        lines.append((f"  {scene.kinds[tile - 1]}", None))
    elif not here:
        lines.append(("  empty", None))
    return [*lines, ("", None)]


def thing_lines(thing: Thing) -> list[Line]:
    lines: list[Line] = [(f"  {thing.kind}{f' of {thing.team}' if thing.team else ''}", thing.team)]
    facts = {"cooldown": thing.cooldown, "uses": thing.uses, "radius": thing.radius}
    said = ", ".join(f"{name} {value}" for name, value in facts.items() if value > 0)
    return [*lines, *([(f"  {said}", None)] if said else []), *stock(thing.inventory)]


def has_something(team: Team) -> bool:
    """Whether a team has a stock or objects to show."""
    return any(team.inventory.values()) or any(team.counts.values())


def team_panel(team: Team) -> list[Line]:
    """A team's shared stock and its objects."""
    counts: list[Line] = [
        (f"  {text}", None) for text in packed([f"{n} {kind}" for kind, n in team.counts.items() if n])
    ]
    return [(f"team {team.name}", team.name), *counts, *stock(team.inventory), ("", None)]


def roster_panel(scene: Scene, view: View) -> list[Line]:
    """One line an agent."""
    lines: list[Line] = [(" agent  return  vibe     carries", None)]
    for agent in scene.agents:
        mark = ">" if agent.id == view.agent else " "
        cargo = " ".join(f"{name}:{n}" for name, n in agent.inventory.items() if n)
        text = f"{mark} {agent.id:>4} {agent.total:>7.3g}  {agent.vibe[:8]:<8} {cargo}"
        lines.append((text[:WIDTH], agent.team))
    return lines


def stock(inventory: dict[str, int]) -> list[Line]:
    """What is held, several to a line."""
    return [(f"  {text}", None) for text in packed([f"{name} {n}" for name, n in inventory.items() if n])]


def packed(parts: list[str]) -> list[str]:
    """Parts joined by commas into as few lines as the panel's width allows."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 6 <= WIDTH:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines


def header(scene: Scene, view: View, pace: float | None) -> str:
    """Where the game stands."""
    clock = f"step {scene.step}{f'/{scene.max_steps}' if scene.max_steps else ''}"
    reward = sum(agent.reward for agent in scene.agents)
    total = sum(agent.total for agent in scene.agents)
    parts = [clock, f"reward {reward:+.4g}", f"return {total:.4g}"]
    if pace is not None:
        speed = SPEEDS[view.speed]
        parts += [f"{pace:.0f} steps/s", "paused" if view.is_paused else f"playing at {speed}/s"]
        parts += [f"{view.mode} agent {view.agent}" if view.mode == "follow" else view.mode]
        parts += ["you steer"] * view.is_manual
    return "  ".join(parts)


def footer(view: View) -> str:
    """What can be pressed now, or what went wrong."""
    if view.picker is not None:
        names = [name.removeprefix(VIBE) for name in view.choices()]
        first = max(0, min(view.picker - 3, len(names) - 7))
        shown = [
            f"[{name}]" if k == view.picker else f" {name} "
            for k, name in enumerate(names)
            if first <= k < first + 7
        ]
        return "".join(shown) + "  arrows, enter, esc"
    return view.message or "space play  n step  < > speed  [ ] agent  m steer  ? help  q leave"


def help_lines(scene: Scene) -> list[str]:
    """The keys, and what the characters on the map mean."""
    lines = [f"{keys:<10} {what}" for keys, what in HELP]
    legend = [f"{single_cell(*pair)}  {pair[1]}" for pair in zip(scene.symbols, scene.kinds, strict=True)]
    return [
        *lines,
        "",
        *(["numbers  agents, in their team's colour; * is frozen"] if scene.width else []),
        *legend,
    ]
