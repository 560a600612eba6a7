"""Train: the loop, in the order the paper has it; what it is made of is built in `build`."""

from coterie.training.build import build
from coterie.training.checkpoint import latest_state
from coterie.training.collect import collect, draw_slices
from coterie.training.config import RunConfig
from coterie.training.experience import Experience
from coterie.training.learn import learn
from coterie.training.run import Run


def train(config: RunConfig, *, resume: bool = False) -> Run:
    """Train until total_timesteps or until a component stops the run; `resume` starts at its last checkpoint.

    ConfigError before the first step where anything does not fit together.
    """
    run = build(config)
    try:
        if resume:
            run.restore(*latest_state(run))
        for hook in run.hooks.values():
            hook.on_start()
        while not run.is_finished:
            update(run)
    except BaseException as error:
        end(run, error)
        raise
    end(run, None)
    return run


def update(run: Run) -> None:
    """One rollout, what is learned from it, and what components make of it."""
    seed, before = run.config.seed, (run.agent_step, run.epoch)
    run.trainer = run.schedule.at(*before, "rollout")
    run.optimizer.eval_weights()
    draw_slices(run.learner, led(run), seed, run.epoch)
    with run.stopwatch("rollout"), run.student.crew.sharing():
        experience = collect(run.batch, run.learner)
    run.agent_step += experience.steps
    call(run, "after_rollout")

    trainer = run.trainer = run.schedule.at(*before, "train")
    run.optimizer.learning_rate = trainer.optimizer.learning_rate
    run.optimizer.train_weights()
    with run.stopwatch("learn"), run.student.crew.sharing():
        learned = improve(run, experience)
    run.optimizer.eval_weights()
    run.epoch += 1

    run.finished.append(run.batch.episodes())
    run.metrics = measure(run) | learned
    run.schedule.learned(run.metrics)
    call(run, "after_update")
    run.finished.clear()


def improve(run: Run, experience: Experience) -> dict[str, float]:
    """Learn from a rollout, and what that measured; nothing where dice act."""
    trainer = run.trainer
    if trainer.backend == "random":
        return {}
    rewards = experience.rewards
    for loss in trainer.losses.values():
        extra = loss.reward(experience)
        rewards = rewards if extra is None else rewards + extra
    if trainer.advantage.reward_centering.enabled:
        rewards = run.centering(rewards)
    return learn(experience, rewards, trainer, run.student, run.config.seed + 1_000_003 * run.epoch)


def led(run: Run) -> tuple[float, float]:
    """Shares of rows the teacher drives, and the student before its eyes: the sum of what the losses ask."""
    shares = [loss.led() for loss in run.trainer.losses.values()]
    return sum(teacher for teacher, _ in shares), sum(student for _, student in shares)


def measure(run: Run) -> dict[str, float]:
    """What every update reports, whatever its losses and components."""
    seconds = run.stopwatch.lap()
    total = sum(seconds.values())
    experience = run.experience
    metrics = {
        "metric/agent_step": float(run.agent_step),
        "metric/epoch": float(run.epoch),
        "overview/sps": experience.steps / total,
        "experience/reward": float(experience.rewards.mean()),
        "experience/value": float(experience.values.mean()),
        "hyperparameters/learning_rate": run.trainer.optimizer.learning_rate,
    }
    return metrics | {f"timing/{stage}": spent / total for stage, spent in seconds.items()}


def call(run: Run, hook: str) -> None:
    """Call one hook of every component whose turn it is, in the order they are named."""
    for name, component in run.config.components.items():
        every = component.epoch_interval
        turn = run.epoch if hook == "after_update" else run.epoch + 1
        if every and turn % every == 0:
            with run.stopwatch(name):
                getattr(run.hooks[name], hook)()


def end(run: Run, error: BaseException | None) -> None:
    """Every component's last hook, whatever others raise; the first of these is heard if `error` is None."""
    raised, run.failure = None, error
    for hook in run.hooks.values():
        try:
            hook.on_end(error)
        except Exception as another:
            raised = raised or another
            run.failure = run.failure or raised
    run.student.crew.close()
    if raised is not None and error is None:
        raise raised
