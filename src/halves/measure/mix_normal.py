"""The normal distribution on whole arrays: its tail's logarithm, its quantiles, cut-off draws."""

import numpy as np

from halves.measure.mix_data import Floats

_TAIL = (
    -1.26551223,
    1.00002368,
    0.37409196,
    0.09678418,
    -0.18628806,
    0.27886807,
    -1.13520398,
    1.48851587,
    -0.82215223,
    0.17087277,
)


def log_bump(z: Floats) -> Floats:
    """z²/2 + log 2Φ(z): what integrating a normal over its positive half adds to a log weight.

    The square is never formed where it would cancel, so it holds at any z; off by 1.2e-7 at most.

    Source:
        Press et al. (1992), Numerical Recipes in C, section 6.2, erfcc.

    >>> log_bump(np.array([-1.0, 0.0, 1.0])).round(5)
    array([-0.64787, -0.     ,  1.02039])
    """
    size = np.abs(z)
    t = 1 / (1 + size * np.sqrt(1 / 8))
    log_tail = np.full_like(t, _TAIL[-1])
    for coefficient in _TAIL[-2::-1]:
        log_tail *= t
        log_tail += coefficient
    log_tail += np.log(t)  # of 2Φ(-|z|), without its -z²/2
    half = size * size / 2
    return np.asarray(np.where(z < 0, log_tail, half + np.log(2 - np.exp(log_tail - half))))


def draw_above(floor: Floats, rng: np.random.Generator) -> Floats:
    """Draw standard normals above a floor each, exactly.

    Source:
        Robert (1995), Simulation of Truncated Normal Variables: a shifted exponential is proposed
        where the floor is above zero, the normal itself elsewhere.

    >>> drawn = draw_above(np.array([-3.0, 0.0, 40.0]), np.random.default_rng(1))
    >>> bool((drawn > [-3, 0, 40]).all())
    True
    """
    drawn = np.empty_like(floor)
    waiting = np.arange(len(floor))
    while len(waiting):
        low = floor[waiting]
        rate = (low + np.sqrt(low**2 + 4)) / 2
        far = low + rng.standard_exponential(len(low)) / rate
        near = rng.standard_normal(len(low))
        fits = rng.random(len(low)) < np.exp(-((far - rate) ** 2) / 2)
        proposed = np.where(low > 0, far, near)
        taken = np.where(low > 0, fits, near > low)
        drawn[waiting[taken]] = proposed[taken]
        waiting = waiting[~taken]
    return drawn


def normal_quantiles(probability: Floats) -> Floats:
    """The values below which a standard normal falls with these probabilities, to 16 digits.

    Args:
        probability: any shape, between 0 and 1, both excluded.

    Source:
        Wichura (1988), Algorithm AS 241, PPND16.

    >>> normal_quantiles(np.array([0.025, 0.5, 0.999])).round(6)
    array([-1.959964,  0.      ,  3.090232])
    """
    away = probability - 0.5
    inner = np.abs(away) <= 0.425
    middle = 0.180625 - away**2
    far = np.sqrt(-np.log(np.minimum(probability, 1 - probability)))
    tail = np.where(far <= 5, _ratio(far - 1.6, *_NEAR), _ratio(far - 5, *_FAR))
    return np.where(inner, away * _ratio(middle, *_MIDDLE), np.sign(away) * tail)


def _ratio(x: Floats, above: tuple[float, ...], below: tuple[float, ...]) -> Floats:
    return np.asarray(np.polyval(above, x) / np.polyval(below, x))


_MIDDLE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_NEAR = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_FAR = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)
