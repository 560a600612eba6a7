"""PpoCritic: values by PPO's clipped squares, or by gradient TD(λ), which stays stable off-policy."""

from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from coterie.config import ConfigError
from coterie.policies.choice import likelihood
from coterie.policies.network import Output
from coterie.training.experience import Minibatch
from coterie.training.loss import Loss, Term


class LambdaError(torch.autograd.Function):
    """δλ_t = δ_t + κ_t δλ_{t+1} with δ_t = k_t + f_t V_{t+1} − ρ_t V_t: values against λ-returns, all [T, B].

    k is known (rewards, bootstraps), f is ργ where V_{t+1} is fresh and else 0, κ the trace's decay.
    Forward runs from the end; backward, its adjoint D_t = G_t + κ_{t−1} D_{t−1} from the beginning: the graph
    is one node, not T.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, known: Tensor, factors: Tensor) -> Tensor:
        """`factors` [3, T, B] are ρ, f and κ; f and κ of the last step are not read."""
        rho, fresh, decay = factors
        errors = torch.addcmul(known, rho, values, value=-1)
        errors[:-1].addcmul_(fresh[:-1], values[1:])
        for t in range(len(errors) - 2, -1, -1):
            errors[t].addcmul_(decay[t], errors[t + 1])
        ctx.save_for_backward(factors)
        return errors

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        rho, fresh, decay = ctx.saved_tensors[0]
        adjoint = gradients[0].clone()
        for t in range(1, len(adjoint)):
            adjoint[t].addcmul_(decay[t - 1], adjoint[t - 1])
        values = -rho * adjoint
        values[1:].addcmul_(fresh[:-1], adjoint[:-1])
        return values, None, None


class PpoCritic(Loss):
    """Values V, trained towards returns R = Â + V_old or towards their own λ-returns.

    mse (Schulman et al. 2017, equation 9, and the clip of its code):
    L = c_V · ½ mean max((V − R)², (V_old + clip(V − V_old, ±ε) − R)²).

    gtd_lambda (Elelimy et al. 2025, "Deep RL with Gradient Eligibility Traces": TDRC(λ), forward view; sg
    stops gradients): L = c_V mean(sg(h) δλ − (sg(δλ) − sg(h)) V) + c_h ½ (mean (sg(δλ) − h)² + β mean w_h²).
    Rows the teacher drove are weighed by ρ = min(π(a|s), `teacher_offpolicy_rho_clip`): its chance was 1.
    """

    vf_coef: float = Field(0.5, ge=0)
    clip_vloss: bool = False
    vf_clip_coef: float = Field(0.2, gt=0)
    critic_update: Literal["mse", "gtd_lambda"] = "mse"
    aux_coef: float = Field(1.0, ge=0, description="weight of the loss of gtd_lambda's second head h")
    beta: float = Field(1.0, ge=0, description="decay of that head's weights: the regularisation of TDRC")
    teacher_offpolicy_rho_clip: float = Field(1.0, gt=0, description="gtd_lambda with slice: all")
    slice: Literal["ppo", "all"] = Field("ppo", description="segments learned from: its own, or all")

    @property
    def needs_h_values(self) -> bool:
        return self.critic_update == "gtd_lambda"

    def __call__(self, minibatch: Minibatch, output: Output) -> Term:
        return self.gtd_lambda(minibatch, output) if self.needs_h_values else self.mse(minibatch, output)

    def mse(self, minibatch: Minibatch, output: Output) -> Term:
        weights = minibatch.weights[self.slice]
        values = output.values.float()
        returns = minibatch.raw_advantages + minibatch.values
        error = (values - returns).square()
        if self.clip_vloss:
            step = (values - minibatch.values).clamp(-self.vf_clip_coef, self.vf_clip_coef)
            error = torch.maximum(error, (minibatch.values + step - returns).square())
        loss = 0.5 * (error * weights).sum()
        return Term(self.vf_coef * loss, {"value_loss": loss.detach()})

    def gtd_lambda(self, minibatch: Minibatch, output: Output) -> Term:
        if not {"h_values", "h_weights"} <= output.extra.keys():
            raise ConfigError(
                "ppo_critic: critic_update gtd_lambda needs a network with a second value head "
                "(extra h_values and h_weights); take one that has it, or critic_update: mse"
            )
        weights = minibatch.weights[self.slice]
        values, h = output.values.float(), output.extra["h_values"].float()
        error = self.lambda_error(minibatch, output)
        target, guess = error.detach(), h.detach()
        critic = ((guess * error - (target - guess) * values) * weights).sum()
        fit = ((target - h).square() * weights).sum()
        # The head's weights belong to the whole minibatch: each part bears its share of them.
        decay = output.extra["h_weights"].float().square().mean() * weights.sum()
        aux = 0.5 * (fit + self.beta * decay)
        with torch.no_grad():
            off = (values - minibatch.raw_advantages - minibatch.values).square()
            metrics = {
                "value_loss": 0.5 * (off * weights).sum(),
                "gtd_critic_loss": critic,
                "gtd_aux_loss": aux,
                "gtd_h_mse": fit,
                "gtd_delta_lambda_abs": (target.abs() * weights).sum(),
            }
        return Term(self.vf_coef * critic + self.aux_coef * aux, {k: v.detach() for k, v in metrics.items()})

    def lambda_error(self, minibatch: Minibatch, output: Output) -> Tensor:
        """δλ [T, B] of the fresh values, with gradient in them."""
        ends, gamma = minibatch.ends, minibatch.gamma
        rho = self.importance(minibatch, output)
        bootstraps = torch.where(ends, minibatch.next_values, 0.0)
        bootstraps[-1] = torch.where(ends[-1], minibatch.next_values[-1], minibatch.last_values)
        known = rho * (minibatch.rewards + gamma * bootstraps)
        fresh = gamma * rho * ~ends
        return LambdaError.apply(
            output.values.float(), known, torch.stack([rho, fresh, minibatch.gae_lambda * fresh])
        )

    @torch.no_grad()
    def importance(self, minibatch: Minibatch, output: Output) -> Tensor:
        """ρ [T, B]: 1 where the student drove."""
        led = minibatch.weights["teacher_led"] > 0
        if self.slice == "ppo" or not led.any():
            return torch.ones_like(minibatch.rewards)
        now, _ = likelihood(output.logits, minibatch.masks, minibatch.actions, minibatch.sizes)
        ratio = (now - minibatch.log_probs).exp().clamp(max=self.teacher_offpolicy_rho_clip)
        return torch.where(led, ratio, 1.0)
