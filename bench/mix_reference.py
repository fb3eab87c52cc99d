"""The mix model against NumPyro's NUTS: the same posterior by another sampler and other code.

    python -m bench.mix_reference

NUTS runs in its own environment (bench/.envs/numpyro: `jax`, `numpyro`), where this file is run
once more as a script; nothing of halves is imported there. The model is written again from its
description: carry-over by a scan, shapes continuous where ours lie on a grid, spikes and ρ summed
out, the baseline integrated out by a projection. Both samplers must reach 4,000 effective draws.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ENVIRONMENT = Path(__file__).parent / ".envs/numpyro/bin/python"
CASES = {
    "3 channels, no spike": {"channels": 3, "at_zero": 0.0},
    "4 channels, one idle, spike 0.25": {"channels": 4, "at_zero": 0.25},
}
NOISE, SHARE, NOISE_SHAPE = 0.05, 0.2, 1.5
CORRELATIONS = np.arange(10) / 10


def compare(case: dict[str, float]) -> dict[str, object]:
    """Run both on one data set and say how far they are apart."""
    # The package is not there in NUTS's own environment, which runs this same file.
    from bench.mix import made_up  # noqa: PLC0415
    from halves.measure.mix import Effort, mix  # noqa: PLC0415
    from halves.measure.mix_controls import Baseline, columns  # noqa: PLC0415
    from halves.measure.mix_prior import MixPrior  # noqa: PLC0415

    data = made_up(channels=int(case["channels"]), regions=1, seed=3).data
    prior = MixPrior(at_zero=case["at_zero"], noise=NOISE, share=SHARE, noise_shape=NOISE_SHAPE)
    began = time.process_time()
    ours = mix(data, seed=1, prior=prior, effort=Effort(first=1920, enough=4000))
    ours_seconds = time.process_time() - began
    with TemporaryDirectory() as folder:
        given, drawn = Path(folder) / "given.npz", Path(folder) / "drawn.npz"
        np.savez(
            given,
            spend=data.spend[:, 0],
            outcome=data.outcome[:, 0],
            design=columns(data, Baseline())[:, 0],
            at_zero=case["at_zero"],
        )
        subprocess.run([ENVIRONMENT, __file__, given, drawn], check=True)
        theirs = dict(np.load(drawn))
    rows = []
    for place, channel in enumerate(ours.channels):
        for what, mine, other in (
            ("return", channel.return_draws, theirs["returns"][:, place]),
            ("marginal", channel.marginal_draws, theirs["marginals"][:, place]),
        ):
            rows.append(
                {
                    "quantity": f"{channel.channel} {what}",
                    "ours": float(mine.mean()),
                    "nuts": float(other.mean()),
                    "means apart, in sd": float((mine.mean() - other.mean()) / other.std()),
                    "sd ratio": float(mine.std() / other.std()),
                    "ours, P(zero)": float((mine == 0).mean()),
                    "nuts, P(zero)": float((other == 0).mean()),
                }
            )
    return {
        "ours": {"effective": ours.effective_draws, "r_hat": ours.r_hat, "cpu_s": ours_seconds},
        "nuts": {name: float(theirs[name]) for name in ("effective", "r_hat", "cpu_s")},
        "rows": rows,
    }


def reference(given: Path, drawn: Path) -> None:
    """NUTS's side: read the data, sample, write draws."""
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415
    import numpyro  # noqa: PLC0415
    import numpyro.distributions as dist  # noqa: PLC0415
    from numpyro.diagnostics import effective_sample_size, gelman_rubin  # noqa: PLC0415
    from numpyro.infer import MCMC, NUTS  # noqa: PLC0415

    jax.config.update("jax_enable_x64", True)
    data = np.load(given)
    spend, at_zero = jnp.array(data["spend"]), float(data["at_zero"])
    outcome = data["outcome"] / data["outcome"].mean()
    weeks, channels = spend.shape
    usual = spend.sum(axis=0) / (spend > 0).sum(axis=0)
    bases, log_scales = _bases(data["design"])
    rhos = jnp.array(CORRELATIONS)[:, None, None]
    freedom = weeks - data["design"].shape[1]
    masks = (
        np.indices((2,) * channels).reshape(channels, -1).T if at_zero else np.ones((1, channels))
    )
    log_masks = masks.sum(axis=1) * np.log1p(-at_zero)
    log_masks += (1 - masks).sum(axis=1) * np.log(at_zero or 1.0)

    def filtered(rows):
        """Independent errors and no baseline, for every ρ; rows are (week, column)."""
        white = jnp.concatenate([jnp.sqrt(1 - rhos**2) * rows[:1], rows[1:] - rhos * rows[:-1]], 1)
        return white - bases @ (bases.transpose(0, 2, 1) @ white)

    target = filtered(outcome[:, None])[..., 0]

    def carry(scaled, kept):
        def step(state, new):
            state = kept * state + (1 - kept) * new
            return state, state

        return jax.lax.scan(step, scaled[:4].mean(axis=0), scaled)[1]

    def shaped(kept, half):
        carried = carry(spend / usual, kept)
        felt = carried / (carried + half)
        return felt / felt.mean(axis=0), (half * carried / (carried + half) ** 2), felt.mean(axis=0)

    def model():
        # Density 2(1 - α) on 0 to 0.9 is that of 1 - √u with u even between 0.01 and 1.
        even = dist.Uniform(0.01, 1.0).expand([channels]).to_event(1)
        kept = 1 - jnp.sqrt(numpyro.sample("u", even))
        ends = (np.log(np.array([0.1, 10.0]) / 1.5)).tolist()
        away = dist.TruncatedNormal(0, 1, low=ends[0], high=ends[1]).expand([channels]).to_event(1)
        half = 1.5 * jnp.exp(numpyro.sample("away", away))
        beta = numpyro.sample("beta", dist.HalfNormal(SHARE).expand([channels]).to_event(1))
        scale = NOISE_SHAPE * NOISE**2
        variance = numpyro.sample("variance", dist.InverseGamma(NOISE_SHAPE, scale))
        felt, slope, average = shaped(kept, half)
        seen = filtered(felt * beta)  # (ρ, week, channel)
        inner = jnp.einsum("rnc,rnd->rcd", seen, seen)
        with_outcome = jnp.einsum("rnc,rn->rc", seen, target)
        fit = jnp.einsum("mc,rcd,md->rm", masks, inner, masks) - 2 * with_outcome @ masks.T
        left = fit + (target**2).sum(axis=1)[:, None]
        logs = log_scales[:, None] - left / (2 * variance) + log_masks
        logs -= freedom / 2 * jnp.log(variance)
        numpyro.factor("seen", jax.nn.logsumexp(logs))
        numpyro.deterministic("mask_logs", jax.nn.logsumexp(logs, axis=0))
        numpyro.deterministic("slope", beta * slope.sum(axis=0) / average)

    began = time.process_time()
    sampler = MCMC(
        NUTS(model, target_accept_prob=0.9),
        num_warmup=700,
        num_samples=2500,
        num_chains=4,
        chain_method="vectorized",
        progress_bar=False,
    )
    sampler.run(jax.random.PRNGKey(1))
    draws = {name: np.array(part) for name, part in sampler.get_samples(True).items()}
    logs = draws["mask_logs"]
    chances = np.exp(logs - logs.max(axis=-1, keepdims=True))
    below = np.cumsum(chances / chances.sum(axis=-1, keepdims=True), axis=-1)
    point = np.random.default_rng(1).random(below.shape[:2])
    on = masks[np.minimum((below < point[..., None]).sum(axis=-1), len(masks) - 1)]
    total = float(data["outcome"].sum())
    money = data["spend"].sum(axis=0)
    returns = draws["beta"] * on * total / money
    marginals = draws["slope"] * on * float(data["outcome"].mean()) / money
    both = np.concatenate([returns, marginals, draws["variance"][..., None]], axis=2)
    np.savez(
        drawn,
        returns=returns.reshape(-1, channels),
        marginals=marginals.reshape(-1, channels),
        effective=np.min(effective_sample_size(both)),
        r_hat=np.max(gelman_rubin(both)),
        cpu_s=time.process_time() - began,
    )


def _bases(design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every ρ, an orthonormal basis of the whitened baseline, and its log scale."""
    weeks = len(design)
    bases, logs = [], []
    for rho in CORRELATIONS:
        whiten = np.eye(weeks) - rho * np.eye(weeks, k=-1)
        whiten[0, 0] = np.sqrt(1 - rho**2)
        known = whiten @ design
        bases.append(np.linalg.qr(known)[0])
        logs.append(np.log1p(-(rho**2)) / 2 - np.linalg.slogdet(known.T @ known)[1] / 2)
    return np.array(bases), np.array(logs)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        reference(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        for name, case in CASES.items():
            print(name, json.dumps(compare(case), indent=1))
