"""The flags of a run in windows: each stands for a key, as other trainers of such runs call them."""

import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import typer


@dataclass(frozen=True, slots=True)
class Flag:
    """`--name`; `also` is its other spelling, or what says no. The key is told as the flag's help."""

    name: str
    key: str
    type: Any
    metavar: str | None = None
    also: str | None = None
    about: str = ""

    @property
    def word(self) -> str:
        """As a parameter is called."""
        return self.name.replace("-", "_")

    def parameter(self) -> inspect.Parameter:
        """The parameter that typer makes the flag of."""
        negated = self.type is bool and self.also
        names = (
            [f"--{self.name}/--{self.also}"]
            if negated
            else [f"--{name}" for name in (self.name, self.also) if name]
        )
        said = f"{self.key}{', ' if self.key and self.about else ''}{self.about}"
        option = typer.Option(*names, metavar=self.metavar, help=said, show_default=False)
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Parameter(
            self.word, kind, default=None, annotation=Annotated[self.type | None, option]
        )


N, X, LIST = "N", "X", "X,X"
WINDOWS, PPO = "components.windows", "trainer.losses"
THRESHOLDS = "eval-milestone-{}-thresholds"

FLAGS = (
    Flag("run-root", "data_dir", str, "FOLDER"),
    Flag("run-id", "run", str, "NAME"),
    Flag("total-env-steps", "trainer.total_timesteps", int, N, about="in a game of one seat"),
    Flag("trainer-backend", "trainer.backend", str, "ppo|random", "backend"),
    Flag("window-env-steps", f"{WINDOWS}.window_env_steps", str, N),
    Flag("checkpoint-every-windows", f"{WINDOWS}.checkpoint_every_windows", int, N),
    Flag("flush-partial-window", f"{WINDOWS}.flush_partial_window", bool),
    Flag("eval-replays-per-window", f"{WINDOWS}.eval_replays_per_window", int, N),
    Flag("eval-max-steps-per-episode", f"{WINDOWS}.eval_max_steps_per_episode", int, N),
    Flag("eval-include-info", f"{WINDOWS}.eval_include_info", bool, also="no-eval-include-info"),
    Flag(
        "eval-policy-deterministic",
        f"{WINDOWS}.eval_policy_deterministic",
        bool,
        also="eval-policy-stochastic",
    ),
    Flag("eval-seed-offset", f"{WINDOWS}.eval_seed_offset", int, N),
    *(
        Flag(THRESHOLDS.format(word), f"{WINDOWS}.milestones.{word}", str, LIST)
        for word in ("profit", "return", "survival")
    ),
    Flag("env-time-max", "training_env.settings.ticks", int, N),
    Flag("wandb-mode", "components.wandb.mode", str, "disabled|offline|online"),
    Flag("wandb-project", "components.wandb.project", str, "NAME"),
    Flag("ppo-num-envs", "training_env.worlds", int, N, about="8 if one of these three is given"),
    Flag("ppo-rollout-steps", "", int, N, about="steps of each world in a rollout, 128 likewise"),
    Flag("ppo-num-minibatches", "", int, N, about="gradients of an update epoch, 4 likewise"),
    Flag("ppo-num-workers", "trainer.threads", int, N),
    Flag("ppo-update-epochs", "trainer.update_epochs", int, N),
    Flag("ppo-learning-rate", "trainer.optimizer.learning_rate", float, X),
    Flag("ppo-gamma", "trainer.advantage.gamma", float, X),
    Flag("ppo-gae-lambda", "trainer.advantage.gae_lambda", float, X),
    Flag("ppo-clip-coef", f"{PPO}.ppo_actor.clip_coef", float, X),
    Flag("ppo-ent-coef", f"{PPO}.ppo_actor.ent_coef", float, X),
    Flag("ppo-vf-coef", f"{PPO}.ppo_critic.vf_coef", float, X),
    Flag("ppo-max-grad-norm", "trainer.max_grad_norm", float, X),
    Flag("ppo-vector-backend", "", Literal["serial", "multiprocessing"], about="serial: one thread steps"),
    Flag("ppo-env-impl", "", Literal["native", "auto", "reference"], about="there is the native one alone"),
)
# Told by several flags together, or by none of the keys: see `derived`.
APART = ("ppo_num_envs", "ppo_rollout_steps", "ppo_num_minibatches", "ppo_vector_backend", "ppo_env_impl")
ENVS, STEPS, MINIBATCHES = 8, 128, 4  # where one of them is given and another is not


def windowed(command: Callable[..., None]) -> Callable[..., None]:
    """The command with these flags, too; it is given them as its argument `windows`, flags by key."""

    @functools.wraps(command)
    def with_flags(*args: Any, **values: Any) -> None:
        given = {flag.word: values.pop(flag.word) for flag in FLAGS}
        command(*args, **values, windows=keys(given))

    own = inspect.signature(command)
    kept = [parameter for name, parameter in own.parameters.items() if name != "windows"]
    added = [flag.parameter() for flag in FLAGS]
    vars(with_flags)["__signature__"] = own.replace(parameters=[*kept, *added])
    with_flags.__annotations__ = {one.name: one.annotation for one in (*kept, *added)}
    return with_flags


def keys(given: dict[str, Any]) -> dict[str, Any]:
    """What flags that were given set, by key; those of windows also have the run say how it stands."""
    found: dict[str, Any] = {}
    if any(value is not None and flag.key.startswith(WINDOWS) for flag, value in paired(given)):
        found["components.run_metadata.enabled"] = True
    for flag, value in paired(given):
        if value is not None and flag.word not in APART:
            found[flag.key] = thresholds(flag, value) if flag.metavar == LIST else value
    return found | derived(given)


def paired(given: dict[str, Any]) -> list[tuple[Flag, Any]]:
    return [(flag, given[flag.word]) for flag in FLAGS]


def thresholds(flag: Flag, text: str) -> list[float]:
    """Numbers between commas; none where there is nothing."""
    from coterie.config import ConfigError

    try:
        return [float(part) for part in text.split(",")] if text.strip() else []
    except ValueError:
        raise ConfigError(f"--{flag.name}: '{text}' is not numbers between commas, as 100,500,1000") from None


def derived(given: dict[str, Any]) -> dict[str, Any]:
    """The sizes of a rollout that environments, steps and minibatches come to, and what is ours alone."""
    from coterie.config import ConfigError

    if given["ppo_env_impl"] == "reference":
        raise ConfigError("--ppo-env-impl reference: games have one implementation, native; leave it out")
    found: dict[str, Any] = {}
    if given["ppo_vector_backend"] == "serial":
        if given["ppo_num_workers"] not in (None, 1):
            raise ConfigError("--ppo-vector-backend serial is one worker: leave --ppo-num-workers out")
        found["trainer.threads"] = 1
    usual = {"ppo_num_envs": ENVS, "ppo_rollout_steps": STEPS, "ppo_num_minibatches": MINIBATCHES}
    if all(given[word] is None for word in usual):
        return found
    envs, steps, parts = (usual[word] if given[word] is None else given[word] for word in usual)
    if min(envs, steps, parts) < 1:
        raise ConfigError("--ppo-num-envs, --ppo-rollout-steps and --ppo-num-minibatches are 1 or more")
    if envs * steps % parts:
        raise ConfigError(
            f"--ppo-num-minibatches {parts} does not divide --ppo-num-envs × --ppo-rollout-steps = "
            f"{envs} × {steps} = {envs * steps}"
        )
    minibatch = envs * steps // parts
    return found | {
        "training_env.worlds": envs,
        "trainer.batch_size": envs * steps,
        "trainer.minibatch_size": minibatch,
        "trainer.bptt_horizon": math.gcd(steps, minibatch),
    }
