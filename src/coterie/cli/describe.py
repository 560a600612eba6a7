"""Describe a mission: its story, rules, observation, actions, rewards and statistics."""

import json
import re
import shutil
import textwrap
from typing import TYPE_CHECKING, Any

from coterie.cli._names import Agents, Mission, Settings, Variants
from coterie.cli._output import JSON
from coterie.tools.tables import heading, show_json

if TYPE_CHECKING:
    from coterie.games.batch import GameConfig, Spec

# Sections of a game's page that stand in where its config does not write its own rules.
PAGE_SECTIONS = ("Rules of a tick, in order", "Observation", "Actions", "Rewards and end")


def describe(
    mission: Mission,
    settings: Settings = None,
    *,
    variant: Variants = None,
    agents: Agents = None,
    as_json: JSON = False,
) -> None:
    """Describe a mission as it would be played under these variants and settings.

    \b
    $ coterie describe echo.basic
    $ coterie describe echo.basic symbols=8 --json
    """
    from coterie.config import override
    from coterie.games import catalog
    from coterie.games.batch import Batch

    config = override(catalog.make(mission, variant or (), agents=agents), settings or ())
    game = catalog.game_of(mission)
    folder = catalog.folders().get(game)  # a foreign environment has no page
    page = page_sections((folder / "README.md").read_text(encoding="utf-8")) if folder else {}
    spec = Batch(config).spec
    rules = config.describe() or [(name, page[name]) for name in PAGE_SECTIONS if name in page]
    if as_json:
        show_json(
            {
                "mission": mission,
                "game": game,
                "story": "\n".join(page.get("Story", [])),
                **facts(spec),
                "rules": dict(rules),
                "settings": config.model_dump(mode="json"),
                "variants": list(catalog.variants_of(mission)),
            }
        )
        return
    section(f"{mission} (a mission of {game})", page.get("Story", []))
    section("In numbers", numbers(spec))
    for title, lines in rules:
        section(title, lines)
    section("Names of the actions", [", ".join(head) for head in spec.action_names])
    section("Statistics of an episode", [", ".join(spec.statistics)] if spec.statistics else [])
    section("Statistics of a seat", [", ".join(spec.seat_statistics)] if spec.seat_statistics else [])
    section("Settings (`play` takes them as KEY=VALUE)", setting_lines(config))
    apply = catalog.variants_of(mission)
    section("Variants (`play -v`)", [", ".join(apply)] if apply else [])


def page_sections(page: str) -> dict[str, list[str]]:
    """The lines of each `## ` section of a game's page, by its title."""
    parts = re.split(r"^## +(.+?) *$", page, flags=re.MULTILINE)
    return {title: unwrapped(body) for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def unwrapped(text: str) -> list[str]:
    """The lines of a section, those of a paragraph joined into one; links keep their words only."""
    words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text.strip())
    blocks = re.split(r"\n(?=\s*(?:[-*|]|\d+\.) ?)|\n\s*\n", words)
    return [block if block.lstrip().startswith("|") else " ".join(block.split("\n")) for block in blocks]


def facts(spec: "Spec") -> dict[str, Any]:
    """The spec as plain data."""
    return {
        "seats": spec.seats,
        "max_steps": spec.max_steps,
        "observation": {"shape": spec.observation_shape, "dtype": spec.observation_dtype.__name__},
        "actions": spec.action_names,
        "has_mask": spec.has_mask,
        "statistics": spec.statistics,
        "seat_statistics": spec.seat_statistics,
    }


def numbers(spec: "Spec") -> list[str]:
    """The spec in words."""
    shape = " × ".join(map(str, spec.observation_shape))
    heads = " and ".join(map(str, spec.actions))
    end = f"when the rules say so{f', after {spec.usual_steps} steps' if spec.usual_steps else ''}"
    end = f"after {spec.max_steps} steps, if not before" if spec.max_steps else end
    return [
        f"seats        {spec.seats}",
        f"episode      ends {end}",
        f"observation  {shape} {spec.observation_dtype.__name__} for each seat",
        f"action       one of {heads}{', masked' if spec.has_mask else ''}",
    ]


def setting_lines(config: "GameConfig") -> list[str]:
    """The config's plain settings with their values and sentences; nested ones only by name."""
    lines, nested = [], []
    for name, field in type(config).model_fields.items():
        value = vars(config)[name]
        if isinstance(value, bool | int | float | str | None):
            text = value if isinstance(value, str) else json.dumps(value)
            lines.append(f"{name}={text}" + (f"  ({field.description})" if field.description else ""))
        else:
            nested.append(name)
    return [*lines, *([f"and within: {', '.join(nested)}"] if nested else [])]


def section(title: str, lines: list[str]) -> None:
    """Print a title and its lines, wrapped to the terminal; nothing if there are none."""
    if not lines:
        return
    width = min(shutil.get_terminal_size().columns, 110)
    print(heading(title))
    for line in lines:
        indent = "  " + " " * (len(line) - len(line.lstrip()))
        print(
            textwrap.fill(line.strip(), width, initial_indent=indent, subsequent_indent=indent + "  ") or ""
        )
    print()
