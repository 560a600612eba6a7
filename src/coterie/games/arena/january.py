"""What arena, navigation and in_context share: the resources, tokens and buildings of January 2026."""

from coterie.games.grid.rules import Inventory, Limit, Object, Observation, Recipe, Stock

COLOURS = ("red", "blue", "green")
RESOURCES = (
    *(f"ore_{colour}" for colour in COLOURS),
    *(f"battery_{colour}" for colour in COLOURS),
    "heart",
    "armor",
    "laser",
    "blueprint",
)

# The numbers of the January engine, so that policies which index features by number keep working. `goal`,
# `agent:compass` and `clipped` never occur in these games.
FEATURES = (
    "agent:group",
    "agent:frozen",
    "episode_completion_pct",
    "last_action",
    "last_reward",
    "goal",
    "vibe",
    "agent:compass",
    "tag",
    "cooldown_remaining",
    "clipped",
    "remaining_uses",
)
OBSERVATION = Observation(features=FEATURES, global_location="centre", type_tag="{}")

# The letters of the October 2025 maps.
SYMBOLS = {
    "wall": "#",
    "assembler": "_",
    **{f"mine_{colour}": letter for colour, letter in zip(COLOURS, "mbg", strict=True)},
    **{f"generator_{colour}": letter for colour, letter in zip(COLOURS, "nBG", strict=True)},
    "lasery": "S",
    "armory": "o",
    "lab": "L",
    "factory": "F",
    "temple": "T",
    "landmark": "*",
}


def carried(limit: int, hearts: int = 255, initial: Stock | None = None) -> Inventory:
    """What an agent carries: so many of each resource, and so many hearts."""
    return Inventory(
        initial=initial or {},
        limits=(Limit(resources=("heart",), base=hearts),),
        default_limit=limit,
    )


def building(name: str, *recipes: Recipe) -> Object:
    """A building by its name, with the letter it has on maps and drawings."""
    return Object(symbol=SYMBOLS[name], recipes=recipes)


def mine(colour: str, cooldown: int = 50) -> Object:
    return building(f"mine_{colour}", Recipe(outputs={f"ore_{colour}": 1}, cooldown=cooldown))


def generator(colour: str, cooldown: int = 25) -> Object:
    recipe = Recipe(inputs={f"ore_{colour}": 1}, outputs={f"battery_{colour}": 1}, cooldown=cooldown)
    return building(f"generator_{colour}", recipe)


def altar(batteries: int = 3, cooldown: int = 10) -> Object:
    """The altar, whose object name is `assembler`; with no batteries asked for, a heart is free."""
    price = {"battery_red": batteries} if batteries else {}
    return building("assembler", Recipe(inputs=price, outputs={"heart": 1}, cooldown=cooldown))


def lasery() -> Object:
    price = {"battery_red": 1, "ore_red": 2}
    return building("lasery", Recipe(inputs=price, outputs={"laser": 1}, cooldown=10))


def armory() -> Object:
    return building("armory", Recipe(inputs={"ore_red": 3}, outputs={"armor": 1}, cooldown=10))
