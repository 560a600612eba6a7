"""RunConfig: everything a training run is made of, as one frozen value with the names the field uses."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from coterie.config import Config, ConfigError, of_kind, plainly
from coterie.training import schedules
from coterie.training.autotune import UpdateEpochsAutotune
from coterie.training.schedules import Gate, Rule
from coterie.training.teachers import TeacherConfig

LOSSES = "coterie.training.losses"
# Other names that losses go by in the field, each for the kind it is here.
ALIASES = {
    "sliced_scripted_cloner": "sliced_cloner",
    "supervisor": "action_supervised",
    "sl_kickstarter": "kickstarter",
}


def named(package: str, one: str, value: Any, aliases: dict[str, str]) -> dict[str, Any]:
    """Named configs of a package's kinds, from plain data, in the order they are named.

    A name is its kind unless there is `kind`; `enabled: false` drops it.
    """
    many = package.rpartition(".")[2]
    if not isinstance(value, dict):
        raise ConfigError(f"{many}: expected names with their settings, got {value!r:.80}")
    built = {}
    for name, settings in value.items():
        settings = {"kind": settings} if isinstance(settings, str) else settings
        if isinstance(settings, dict):
            settings = {**settings}
            if not settings.pop("enabled", True):
                continue
            kind = settings.get("kind", name)
            settings["kind"] = aliases.get(kind, kind)
        try:
            built[name] = of_kind(package, one, settings, name)
        except ConfigError as error:
            raise ConfigError(f"{name}: {error}") from None
    return built


def losses_from(value: Any) -> Any:
    return named(LOSSES, "loss", value, ALIASES)


Losses = Annotated[
    dict[str, Any],
    BeforeValidator(losses_from),
    PlainSerializer(lambda losses: {name: plainly(loss) for name, loss in losses.items()}),
]


class OptimizerConfig(Config):
    """How gradients move weights."""

    type: Literal["adam", "adamw", "muon", "adamw_schedulefree", "sgd_schedulefree"] = "adam"
    learning_rate: float = Field(1e-3, ge=0, le=1)
    beta1: float = Field(0.9, ge=0, lt=1)
    beta2: float = Field(0.999, ge=0, lt=1)
    eps: float = Field(1e-8, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    momentum: float = Field(0.9, ge=0, lt=1, description="schedule-free interpolation, muon's momentum")
    warmup_steps: int = Field(
        0, ge=0, description="optimizer steps in which the learning rate rises to its value"
    )


class RewardCentering(Config):
    """Subtract from each reward a running mean of its agent row's rewards, so that gamma may be 1."""

    enabled: bool = False
    beta: float = Field(1e-3, gt=0, le=1)
    initial_reward_mean: float = 0.0


class AdvantageConfig(Config):
    """Which advantages: V-trace with these clips; without off-policy rows it is GAE."""

    gamma: float = Field(0.99, ge=0, le=1)
    gae_lambda: float = Field(0.95, ge=0, le=1)
    vtrace_rho_clip: float = Field(1.0, gt=0)
    vtrace_c_clip: float = Field(1.0, gt=0)
    reward_centering: RewardCentering = RewardCentering()


class SamplingConfig(Config):
    """How minibatches are cut: all segments in a shuffled order, or segments drawn by their advantages."""

    method: Literal["sequential", "prioritized"] = "sequential"
    prio_alpha: float = Field(0.8, ge=0, le=1)
    prio_beta0: float = Field(0.2, ge=0, le=1)


def backend_from(value: Any) -> Any:
    """`puffer_ppo`, as it is called elsewhere, is PPO."""
    return "ppo" if value == "puffer_ppo" else value


Backend = Annotated[Literal["ppo", "random"], BeforeValidator(backend_from)]


class TrainerConfig(Config):
    """One training run's learning. Steps are agent steps: one action of one agent."""

    backend: Backend = Field("ppo", description="random: nothing is learned, every legal action is as likely")
    total_timesteps: int = Field(10_000_000, gt=0)
    batch_size: int = Field(32_768, gt=0, description="steps of one rollout")
    minibatch_size: int = Field(8192, gt=0, description="steps of one gradient")
    bptt_horizon: int = Field(64, gt=0, description="steps of one segment, through which gradients run")
    update_epochs: int = Field(1, ge=1, description="passes over each rollout")
    optimizer: OptimizerConfig = OptimizerConfig()
    losses: Losses = Field(default={"ppo_actor": {}, "ppo_critic": {}}, validate_default=True)
    advantage: AdvantageConfig = AdvantageConfig()
    sampling: SamplingConfig = SamplingConfig()
    max_grad_norm: float = Field(0.5, gt=0, description="gradients longer than this are cut to it")
    precision: Literal["float32", "bfloat16"] = "float32"
    compile: bool = Field(False, description="torch.compile the network: slow to start, no use on small ones")
    threads: int = Field(
        2, ge=1, description="learner threads: rows are acted for and differentiated side by side"
    )
    update_epochs_autotune: UpdateEpochsAutotune = UpdateEpochsAutotune()
    schedules: tuple[Rule, ...] = Field((), description="settings that move while the run learns")
    gates: tuple[Gate, ...] = Field((), description="when losses are on; always, without a gate")

    @model_validator(mode="after")
    def _something_to_learn(self) -> Self:
        if not self.losses:
            raise ConfigError("losses: there is none; name at least one")
        schedules.check(self)
        return self

    @model_validator(mode="after")
    def _one_teacher(self) -> Self:
        needs = {loss.needs: name for name, loss in self.losses.items() if loss.needs}
        if len(needs) > 1:
            raise ConfigError(
                f"losses: {needs['labels']} learns from a scripted teacher, {needs['teacher']} from a neural "
                "one; a run has one teacher"
            )
        uris = {loss.teacher_uri: name for name, loss in self.losses.items() if loss.needs == "teacher"}
        if len(uris) > 1:
            raise ConfigError(f"losses: {' and '.join(uris.values())} name different teachers; a run has one")
        total = sum(sum(loss.led()) for loss in self.losses.values())
        if total > 1 + 1e-9:
            raise ConfigError(
                f"losses: the rows led by teacher and student add up to {total:g} of all, more than 1"
            )
        return self

    @model_validator(mode="after")
    def _autotune_can_begin(self) -> Self:
        auto = self.update_epochs_autotune
        if not auto.evaluation_epochs:
            return self
        if not auto.min_update_epochs <= self.update_epochs <= auto.max_update_epochs:
            raise ConfigError(
                f"update_epochs {self.update_epochs} is not within update_epochs_autotune's "
                f"{auto.min_update_epochs} to {auto.max_update_epochs}"
            )
        if any(rule.target_path == "update_epochs" for rule in self.schedules):
            raise ConfigError("schedules: update_epochs is moved by update_epochs_autotune; one can decide")
        return self


COMPONENTS = "coterie.training.components"


def components_from(value: Any) -> Any:
    """In turn, whatever the order they are named in."""
    built = named(COMPONENTS, "component", value, {})
    return dict(sorted(built.items(), key=lambda item: item[1].turn))


Components = Annotated[
    dict[str, Any],
    BeforeValidator(components_from),
    PlainSerializer(lambda parts: {name: plainly(part) for name, part in parts.items()}),
]


class TrainingEnvConfig(Config):
    """What is played while training."""

    mission: str = Field("cogsguard_arena.basic", description="any mission of `coterie missions`")
    variants: tuple[str, ...] = ()
    settings: dict[str, Any] = Field({}, description="fields of the game's configuration, by dotted path")
    worlds: int = Field(32, ge=1, description="worlds side by side")
    seed: int = Field(0, ge=0, lt=2**63)
    supervisor_policy_uri: str | None = Field(None, description="scripted team whose actions are the labels")


class RunConfig(Config):
    """Everything a training run is made of; `config.json` of its folder holds it."""

    run: str | None = Field(None, description="its name and its folder's; made of user and time if not given")
    trainer: TrainerConfig = TrainerConfig()
    training_env: TrainingEnvConfig = TrainingEnvConfig()
    teacher: TeacherConfig | None = Field(
        None, description="taught by whom, and how: sugar for losses, rules, gates"
    )
    policy_architecture: Any = Field("fast", description="a name, or settings with `kind`")
    initial_policy_uri: str | None = Field(None, description="start from this checkpoint's weights")
    components: Components = Field({}, validate_default=True)
    seed: int = Field(0, ge=0, lt=2**63)
    device: str = "cpu"
    data_dir: str = "train_dir"
