"""Quantiles against published tables."""

import math

import pytest

from halves.measure.quantiles import normal_quantile, student_distribution, student_quantile

# NIST/SEMATECH e-Handbook of Statistical Methods, table of Student's t, upper tail.
PUBLISHED = [
    (0.90, 1, 3.078),
    (0.95, 1, 6.314),
    (0.95, 2, 2.920),
    (0.975, 3, 3.182),
    (0.99, 4, 3.747),
    (0.95, 5, 2.015),
    (0.995, 6, 3.707),
    (0.95, 10, 1.812),
    (0.975, 20, 2.086),
    (0.95, 30, 1.697),
    (0.999, 30, 3.385),
    (0.975, 60, 2.000),
    (0.95, 100, 1.660),
]


@pytest.mark.parametrize(("probability", "freedom", "value"), PUBLISHED)
def test_students_quantiles_are_as_published(probability, freedom, value):
    assert student_quantile(probability, degrees_of_freedom=freedom) == pytest.approx(
        value, abs=5.1e-4
    )


def test_students_quantile_with_one_degree_of_freedom_is_cauchys():
    for probability in (0.55, 0.8, 0.99, 0.9999):
        exact = math.tan(math.pi * (probability - 0.5))
        assert student_quantile(probability, degrees_of_freedom=1) == pytest.approx(exact, rel=1e-9)


def test_students_quantile_with_two_degrees_of_freedom_has_a_closed_form():
    for probability in (0.05, 0.5, 0.7, 0.975):
        exact = (2 * probability - 1) / math.sqrt(2 * probability * (1 - probability))
        assert student_quantile(probability, degrees_of_freedom=2) == pytest.approx(
            exact, rel=1e-9, abs=1e-9
        )


def test_both_ways_of_reckoning_meet():
    for probability in (0.6, 0.95, 0.999):
        near = student_quantile(probability, degrees_of_freedom=999.999)
        far = student_quantile(probability, degrees_of_freedom=1000.001)
        assert near == pytest.approx(far, rel=1e-7)
    assert student_quantile(0.95, degrees_of_freedom=1e12) == pytest.approx(normal_quantile(0.95))


def test_the_distribution_undoes_the_quantile():
    for freedom in (0.7, 2.5, 5.3, 33.0):
        for probability in (0.02, 0.4, 0.95):
            value = student_quantile(probability, degrees_of_freedom=freedom)
            found = student_distribution(value, degrees_of_freedom=freedom)
            assert found == pytest.approx(probability, abs=1e-9)


@pytest.mark.parametrize(("probability", "freedom"), [(0.0, 5), (1.0, 5), (0.5, 0), (0.9, -1)])
def test_what_is_no_probability_is_refused(probability, freedom):
    with pytest.raises(ValueError, match="must be"):
        student_quantile(probability, degrees_of_freedom=freedom)
