"""PpoActor: the clipped surrogate and entropy bonus of PPO (Schulman and others, 2017, equations 7, 9)."""

from typing import Literal

import torch
from pydantic import Field

from coterie.policies.choice import likelihood
from coterie.policies.network import Output
from coterie.training.experience import Minibatch
from coterie.training.loss import Loss, Term

LOG_RATIO_LIMIT = 10.0  # exp stays finite however far a policy has moved


class PpoActor(Loss):
    """L = mean max(−Â ρ, −Â clip(ρ, 1 ± ε)) − c · mean H, with ρ = π(a|s) / π_old(a|s).

    With `slice: all` it learns from what the teacher did, too, whose π_old is 1. KL and clipping are told of
    the PPO slice alone: elsewhere ρ does not compare two students.
    """

    clip_coef: float = Field(0.2, gt=0, le=1)
    ent_coef: float = Field(0.01, ge=0)
    norm_adv: bool = Field(True, description="advantages have mean 0 and deviation 1 over the minibatch")
    target_kl: float | None = Field(None, gt=0, description="a larger KL ends the update epoch")
    slice: Literal["ppo", "all"] = Field("ppo", description="segments learned from: its own, or all")

    def __call__(self, minibatch: Minibatch, output: Output) -> Term:
        weights, own = minibatch.weights[self.slice], minibatch.weights["ppo"]
        now, openness = likelihood(output.logits, minibatch.masks, minibatch.actions, minibatch.sizes)
        log_ratio = now - minibatch.log_probs
        ratio = log_ratio.clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT).exp()
        advantages = minibatch.advantages if self.norm_adv else minibatch.raw_advantages
        clipped = ratio.clamp(1 - self.clip_coef, 1 + self.clip_coef)
        policy = (torch.maximum(-advantages * ratio, -advantages * clipped) * weights).sum()
        spread = (openness * weights).sum()
        with torch.no_grad():
            metrics = {
                "policy_loss": policy,
                "entropy": spread,
                "approx_kl": ((ratio - 1 - log_ratio) * own).sum(),
                "clipfrac": (((ratio - 1).abs() > self.clip_coef) * own).sum(),
                "importance": (ratio * weights).sum(),
                "current_logprobs": ((log_ratio + minibatch.log_probs) * weights).sum(),
            }
        return Term(policy - self.ent_coef * spread, {k: v.detach() for k, v in metrics.items()})

    def is_enough(self, metrics: dict[str, float]) -> bool:
        return self.target_kl is not None and metrics["approx_kl"] > self.target_kl
