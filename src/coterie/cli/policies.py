"""List the policies."""

from typing import TYPE_CHECKING, Any

from coterie.cli._output import JSON
from coterie.cli.main import sentence

if TYPE_CHECKING:
    from coterie.policies.policy import Policy


def policies(as_json: JSON = False) -> None:
    """List the policies that -p takes by name: what acts, what it does, and its settings.

    Beside them it takes module.Class of your own, ./train_dir/RUN:vN, and addresses of these.

    \b
    $ coterie policies
    $ coterie policies --json
    """
    from coterie.config import kind
    from coterie.policies.uri import SCRIPTED, runs
    from coterie.policies.uri import policies as named
    from coterie.tools.tables import show_json, show_table

    found: list[dict[str, Any]] = [
        {"name": name, "about": sentence(file).partition(": ")[2], **told(kind(SCRIPTED, "policy", name))}
        for name, file in named().items()
    ]
    for run in runs():
        about = "a run in train_dir, its newest checkpoint; RUN:vN is that of update N"
        found.append({"name": run, "about": about, "kind": "trained", "settings": {}})
    if as_json:
        show_json(found)
        return
    rows = [
        [one["name"], one["kind"], one["about"], " ".join(f"{k}={v}" for k, v in one["settings"].items())]
        for one in found
    ]
    show_table(["policy", "kind", "about", "settings (NAME?key=value&…)"], rows)


def told(policy: "type[Policy]") -> dict[str, Any]:
    """What acts, and the settings with their defaults."""
    from coterie.policies.team import TeamPolicy
    from coterie.tools.keys import keys

    is_native = issubclass(policy, TeamPolicy) and policy.build is TeamPolicy.build
    return {
        "kind": "native team" if is_native else "Python",
        "settings": {key.path: key.value for key in keys(policy())},
    }
