"""Choice: what a policy's logits say of actions of K heads, each head a categorical of its own."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from coterie import native

FORBIDDEN = -1e9  # a masked logit: its probability is exactly zero, its gradient too


def heads(logits: Tensor, sizes: tuple[int, ...]) -> tuple[Tensor, ...]:
    """`logits` [..., C] as one [..., n] for each head."""
    return logits.split(sizes, dim=-1) if len(sizes) > 1 else (logits,)


def allowed(logits: Tensor, masks: Tensor | None) -> Tensor:
    """The logits with what `masks` (bool [..., C], true = allowed, or None) forbids pushed out of reach."""
    return logits if masks is None else torch.where(masks, logits, FORBIDDEN)


def log_probabilities(logits: Tensor, masks: Tensor | None, sizes: tuple[int, ...]) -> Tensor:
    """Log of each choice's probability within its head, [..., C] float32."""
    parts = heads(allowed(logits.float(), masks), sizes)
    return (
        torch.cat([part.log_softmax(-1) for part in parts], -1)
        if len(parts) > 1
        else parts[0].log_softmax(-1)
    )


def log_probability(log_probs: Tensor, actions: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Log-probability of `actions` [..., K], summed over heads: [...]."""
    parts = heads(log_probs, sizes)
    picked = [part.gather(-1, actions[..., k : k + 1].long()).squeeze(-1) for k, part in enumerate(parts)]
    return picked[0] if len(picked) == 1 else torch.stack(picked).sum(0)


def entropy(log_probs: Tensor) -> Tensor:
    """Entropy summed over heads, [...]; a masked choice adds nothing."""
    return -(log_probs.exp() * log_probs).sum(-1)


def likelihood(
    logits: Tensor, masks: Tensor | None, actions: Tensor, sizes: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """Log-probability of `actions` [..., K] and entropy, each summed over heads: [...] float32.

    On the CPU one native pass each way, on another device what `log_probabilities` makes of it.
    """
    if logits.device.type != "cpu":
        log_probs = log_probabilities(logits, masks, sizes)
        return log_probability(log_probs, actions, sizes), entropy(log_probs)
    shape = logits.shape[:-1]
    forbidding = None if masks is None else masks.reshape(-1, masks.shape[-1])
    rows = logits.float().reshape(-1, logits.shape[-1])
    taken = actions.to(torch.int32).reshape(-1, len(sizes))
    log_probs, entropies = _Likelihood.apply(rows, forbidding, taken, sizes)
    return log_probs.view(shape), entropies.view(shape)


class _Likelihood(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[Tensor, Tensor]:
        logits, masks, actions, sizes = given
        kept = torch.empty(*actions.shape, 2)
        log_probs, entropies = torch.empty(2, len(logits))
        arrays = _arrays(logits, masks, actions, sizes)
        native.likelihood(*arrays, kept.numpy(), log_probs.numpy(), entropies.numpy())
        ctx.sizes = sizes
        ctx.save_for_backward(logits, masks, actions, kept)
        return log_probs, entropies

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        logits, masks, actions, kept = ctx.saved_tensors
        above = [grad.contiguous().numpy() for grad in grad_outputs]
        found = torch.empty(logits.shape)
        native.likelihood_backward(
            *_arrays(logits, masks, actions, ctx.sizes), kept.numpy(), *above, found.numpy()
        )
        return found, None, None, None


def _arrays(logits: Tensor, masks: Tensor | None, actions: Tensor, sizes: tuple[int, ...]) -> tuple[Any, ...]:
    """What the native passes read."""
    forbidding = None if masks is None else masks.contiguous().numpy()
    return logits.detach().contiguous().numpy(), forbidding, actions.contiguous().numpy(), list(sizes)


def sample(
    logits: Tensor,
    masks: Tensor | np.ndarray | None,
    sizes: tuple[int, ...],
    *,
    seed: int,
    counter: int,
    keys: Tensor | np.ndarray | None = None,
) -> tuple[Tensor, Tensor]:
    """Actions int32 [R, K] drawn from `logits` [R, C], and their log-probabilities float32 [R].

    Log-probabilities are summed over heads. What is drawn for a row depends on its logits, `seed`, `counter`
    (let it grow with every call) and its key alone: int64 [R], by default the row's number. `masks` are bool
    [R, C] or None. On the CPU one native call, on another device Gumbel's trick, which draws other numbers.
    ValueError where a row can choose nothing.
    """
    return _choose(logits, masks, sizes, (seed, counter, keys), is_greedy=False)


def greedy(
    logits: Tensor, masks: Tensor | np.ndarray | None, sizes: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """The most probable actions, the first of several, and their log-probabilities; as `sample`."""
    return _choose(logits, masks, sizes, (0, 0, None), is_greedy=True)


Stream = tuple[int, int, Tensor | np.ndarray | None]


def _choose(
    logits: Tensor,
    masks: Tensor | np.ndarray | None,
    sizes: tuple[int, ...],
    stream: Stream,
    *,
    is_greedy: bool,
) -> tuple[Tensor, Tensor]:
    seed, counter, keys = stream
    logits = logits.detach().float().contiguous()
    if masks is not None and 0 in masks.shape:  # as a batch gives them in a game without masks
        masks = None
    if logits.device.type != "cpu":
        masks = None if masks is None else torch.as_tensor(masks, device=logits.device)
        return _choose_on_device(logits, masks, sizes, None if is_greedy else (seed, counter))
    actions = torch.empty(len(logits), len(sizes), dtype=torch.int32)
    log_probs = torch.empty(len(logits))
    native.choose(
        logits=logits.numpy(),
        masks=None if masks is None else np.ascontiguousarray(masks),
        keys=None if keys is None else np.ascontiguousarray(keys),
        sizes=list(sizes),
        seed=seed % 2**64,
        counter=counter % 2**64,
        is_greedy=is_greedy,
        actions=actions.numpy(),
        log_probs=log_probs.numpy(),
    )
    return actions, log_probs


def _choose_on_device(
    logits: Tensor, masks: Tensor | None, sizes: tuple[int, ...], stream: tuple[int, int] | None
) -> tuple[Tensor, Tensor]:
    log_probs = log_probabilities(logits, masks, sizes)
    scores = log_probs
    if stream is not None:
        words = np.random.SeedSequence([part % 2**64 for part in stream]).generate_state(1, np.uint64)
        generator = torch.Generator(logits.device).manual_seed(int(words[0] >> np.uint64(1)))
        noise = torch.empty_like(log_probs).exponential_(generator=generator)
        scores = allowed(log_probs - noise.log(), masks)
    actions = torch.stack([head.argmax(-1) for head in heads(scores, sizes)], -1).to(torch.int32)
    return actions, log_probability(log_probs, actions, sizes)
