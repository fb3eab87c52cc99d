"""The mix model against NumPyro's NUTS: the same posterior by another sampler and other code.

    python -m bench.mix_reference

NUTS runs in its own environment (bench/.envs/numpyro, from bench/peers/numpyro.txt), where this
file is run once more as a script; nothing of halves is imported there. The model is written again
from its description: carry-over by a scan, shapes continuous where ours lie on a grid, spikes and ρ
summed out, the baseline integrated out by a projection.

Both samplers must reach 4,000 effective draws of every mean and of every square, for a standard
deviation hangs on squares. That takes long for an idle channel: where 95 in 100 draws are zero and
the others have a long tail, a kurtosis above 100 makes the standard deviation of n effective draws
uncertain by √(100/4n), 8% at 4,000 draws on either side. So NUTS's draws count with the chance that
the channel has an effect at all, instead of being kept or dropped by a throw of the dice.
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
    "3 channels, no spike": {"channels": 3, "at_zero": 0.0, "sweeps": 3840, "nuts": 2500},
    "4 channels, one idle, spike 0.25": {
        "channels": 4,
        "at_zero": 0.25,
        "sweeps": 15_360,
        "nuts": 8000,
    },
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
    began, sweeps = time.process_time(), int(case["sweeps"])
    ours = mix(data, seed=1, prior=prior, effort=Effort(first=sweeps, most=sweeps))
    ours_seconds = time.process_time() - began
    kinds = {"return": "return_draws", "marginal": "marginal_draws"}
    draws = [getattr(one, of) for of in kinds.values() for one in ours.channels]
    with TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.npz", Path(folder) / "found.json"
        np.savez(
            given,
            spend=data.spend[:, 0],
            outcome=data.outcome[:, 0],
            design=columns(data, Baseline())[:, 0],
            at_zero=case["at_zero"],
            nuts=case["nuts"],
            ours=np.stack(draws, axis=1).reshape(Effort().chains, -1, len(draws)),
        )
        subprocess.run([ENVIRONMENT, __file__, given, found], check=True)
        sides = json.loads(found.read_text())
    mine, other = (
        {name: np.array(value) for name, value in sides[side].items()} for side in ("ours", "nuts")
    )
    names = [f"{one.channel} {kind}" for kind in kinds for one in ours.channels]
    rows = [
        {
            "quantity": name,
            "ours": mine["mean"][at],
            "nuts": other["mean"][at],
            "means apart, in sd": (mine["mean"][at] - other["mean"][at]) / other["sd"][at],
            "sd ratio": mine["sd"][at] / other["sd"][at],
            "ours, P(zero)": mine["zero"][at],
            "nuts, P(zero)": other["zero"][at],
        }
        for at, name in enumerate(names)
    ]
    return {
        "ours": {"effective": mine["effective"].min(), "r_hat": ours.r_hat, "cpu_s": ours_seconds},
        "nuts": {
            "effective": other["effective"].min(),
            "r_hat": float(other["r_hat"]),
            "cpu_s": float(other["cpu_s"]),
        },
        "rows": rows,
    }


def reference(given: Path, found: Path) -> None:
    """NUTS's side: read the data, sample, and sum up both sides' draws."""
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
        num_samples=int(data["nuts"]),
        num_chains=4,
        chain_method="vectorized",
        progress_bar=False,
    )
    sampler.run(jax.random.PRNGKey(1))
    draws = {name: np.array(part) for name, part in sampler.get_samples(True).items()}
    logs = draws["mask_logs"]
    chances = np.exp(logs - logs.max(axis=-1, keepdims=True))
    on = (chances / chances.sum(axis=-1, keepdims=True)) @ masks  # chance of any effect
    total = float(data["outcome"].sum())
    money = data["spend"].sum(axis=0)
    returns = draws["beta"] * total / money
    marginals = draws["slope"] * float(data["outcome"].mean()) / money
    both = np.concatenate([returns, marginals], axis=2)
    ours = data["ours"]
    sides = {
        "ours": _summed(ours, ours > 0, effective_sample_size),
        "nuts": _summed(both, np.tile(on, 2), effective_sample_size),
    }
    sides["nuts"]["r_hat"] = float(gelman_rubin(np.tile(on, 2) * both).max())
    sides["nuts"]["cpu_s"] = time.process_time() - began
    found.write_text(json.dumps(sides))


def _summed(draws: np.ndarray, weights: np.ndarray, effective) -> dict[str, list[float]]:
    """Moments of draws that are zero but for a chance, and what they are worth.

    Args:
        draws: shape (chain, draw, quantity), given that there is an effect.
        weights: the same shape, chance that there is one.
        effective: effective draws of a mean, from (chain, draw, quantity).
    """
    mean, square = ((weights * draws**power).mean(axis=(0, 1)) for power in (1, 2))
    worth = [effective(weights * draws**power) for power in (1, 2)]
    return {
        "mean": mean.tolist(),
        "sd": np.sqrt(square - mean**2).tolist(),
        "zero": (1 - weights.mean(axis=(0, 1))).tolist(),
        "effective": np.minimum(*worth).tolist(),
    }


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
