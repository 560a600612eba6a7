"""Build: from a run's configuration to the run: everything is checked and allocated before the first step."""

import contextlib
import functools
import getpass
import json
import time
from itertools import chain, count
from pathlib import Path

import torch

from coterie import native
from coterie.config import Config, ConfigError, override
from coterie.games.batch import Batch, GameConfig
from coterie.games.catalog import make
from coterie.policies import architectures, uri
from coterie.policies.crew import Crew
from coterie.policies.network import Architecture, Network
from coterie.policies.neural import Neural
from coterie.policies.team import label_of
from coterie.replays.environment import wanted
from coterie.runs import RunFolder
from coterie.training.collect import Dice, Learner, Mind, Precision
from coterie.training.config import RunConfig, TrainerConfig, TrainingEnvConfig
from coterie.training.experience import Experience
from coterie.training.learn import Student
from coterie.training.optimizers import optimizer
from coterie.training.plan import plan
from coterie.training.run import Run, World
from coterie.training.teachers import taught


def game(env: TrainingEnvConfig) -> GameConfig:
    """The configuration of the game that is played."""
    config = make(env.mission, env.variants)
    return override(config, [f"{path}={json.dumps(value)}" for path, value in env.settings.items()])


def architecture(config: RunConfig) -> Architecture:
    """The network's configuration, from a name or settings with `kind`."""
    chosen = config.policy_architecture
    if isinstance(chosen, Config):
        return chosen  # type: ignore[return-value]
    if isinstance(chosen, str):
        return architectures.architecture(chosen)
    settings = dict(chosen)
    return architectures.architecture(settings.pop("kind", "fast"), **settings)


def needs(trainer: TrainerConfig) -> set[str]:
    """What the losses read beside experience: labels, teacher."""
    return {loss.needs for loss in trainer.losses.values() if loss.needs}


def precision(trainer: TrainerConfig, device: str) -> Precision:
    """The context networks compute in."""
    if trainer.precision == "float32":
        return contextlib.nullcontext
    return functools.partial(torch.autocast, torch.device(device).type, torch.bfloat16)


def build(config: RunConfig) -> Run:
    """A run ready for its first rollout; a ConfigError where its parts do not fit together."""
    native.keep_memory()
    torch.set_num_threads(1)  # the crew's workers are the threads
    if config.teacher is not None:
        config = taught(config, config.teacher)
    config = with_replays(config)
    trainer, env = config.trainer, config.training_env
    batch = Batch(game(env), env.worlds, env.seed, trainer.threads, desync=True)
    arithmetic = plan(config, batch.spec)
    check_device(config.device)
    torch.manual_seed(config.seed)
    chosen = architecture(config)
    network = chosen.build(batch.spec).to(config.device)
    if config.initial_policy_uri is not None:
        network.adopt(trained(config.initial_policy_uri).network)
    if any(loss.needs_h_values for loss in trainer.losses.values()) and not gives_h_values(network, batch):
        raise ConfigError(
            "trainer.losses: gtd_lambda needs a second value head; "
            "set policy_architecture.auxiliary_value=true, or critic_update=mse"
        )
    is_far = config.device != "cpu"
    crew = Crew(trainer.threads, shares_rows=network.is_native and not is_far)
    experience = Experience(batch.spec, trainer.bptt_horizon, arithmetic.segments, needs(trainer), pin=is_far)
    mind = mind_of(config, network, batch)
    experience.memory = network.memory(arithmetic.segments) if mind.memory else ()
    inside = precision(trainer, config.device)
    learner = Learner(batch, experience, mind, crew, inside)
    learner.seed = config.seed
    teach(config, batch, learner)
    if trainer.compile:
        network.compile(dynamic=False)  # one graph for a step, one for a segment
    student = Student(
        network=network,
        weights=[weight for weight in network.parameters() if weight.requires_grad],
        optimizer=optimizer(trainer.optimizer, network),
        crew=crew,
        precision=inside,
        device=config.device,
    )
    runs = Path(config.data_dir)
    folder = RunFolder(runs / (config.run or default_name(runs)))
    run = Run(config, folder, World(batch, chosen, network, experience, learner), student)
    run.hooks = {name: component.attach(run) for name, component in config.components.items()}
    return run


def mind_of(config: RunConfig, network: Network, batch: Batch) -> Mind:
    """Who acts in the rollouts: the network, or dice."""
    if config.trainer.backend == "random":
        return Dice(network, (), config.device, sum(batch.spec.actions))
    return Mind(network, network.memory(batch.rows), config.device)


def with_replays(config: RunConfig) -> RunConfig:
    """The run with the component `replay` where the environment asks for replays, as in every command."""
    if wanted() is None or any(type(one).__name__ == "Replay" for one in config.components.values()):
        return config
    asked = {"kind": "replay", "source": "rollout", "epoch_interval": 1}
    return config.replace(components={**config.components, "replay": asked})


def check_device(device: str) -> None:
    """Refuse, in a sentence, a device that this machine or this torch has not."""
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        said = str(error).splitlines()[0]
        raise ConfigError(f"device '{device}' cannot be used here ({said}); cpu always can") from None


def default_name(runs: Path) -> str:
    """`local.<user>.<date>.<time>`, as a run is called that nobody named; `.2` and on if `runs` has it."""
    name = f"local.{getpass.getuser()}.{time.strftime('%Y%m%d.%H%M%S')}"
    later = (f"{name}.{number}" for number in count(2))
    return next(one for one in chain([name], later) if not (runs / one).exists())


def trained(address: str) -> Neural:
    """The trained policy that an address names."""
    policy = uri.parse(address)
    if not isinstance(policy, Neural):
        raise ConfigError(f"policy '{address}' has no weights; name a checkpoint, as train_dir/my_run")
    return policy


def gives_h_values(network: Network, batch: Batch) -> bool:
    """Whether the network has the second value head, tried on one row."""
    seen = torch.from_numpy(batch.observations[:1].copy())[None]
    with torch.no_grad():
        return "h_values" in network(seen, torch.ones(1, 1, dtype=torch.bool), network.memory(1)).extra


def teach(config: RunConfig, batch: Batch, learner: Learner) -> None:
    """Give the run the teacher its losses ask for; that there is but one, TrainerConfig has seen to."""
    asked = {loss.needs: loss for loss in config.trainer.losses.values()}
    if "labels" in asked:
        supervisor = config.training_env.supervisor_policy_uri
        if supervisor is None:
            raise ConfigError(
                "training_env.supervisor_policy_uri is not set, and a loss imitates a scripted team; "
                "name one, as role"
            )
        try:
            batch.teach(*label_of(uri.parse(supervisor), batch.spec))
        except ConfigError as error:
            raise ConfigError(f"training_env.supervisor_policy_uri: {error}") from None
        learner.uses_labels = True
    if "teacher" in asked:
        network = trained(asked["teacher"].teacher_uri).fitted(batch.spec).to(config.device)
        learner.teacher = Mind(network.requires_grad_(False), network.memory(batch.rows), config.device)
