"""Bands that are learned from what customers said stand where a promise looks for them."""

import numpy as np
import pyarrow as pa
import pytest

from halves.posting.book import book
from halves.promises.learning import learn_bands
from halves.promises.models import Band
from tests.house import MONDAY
from tests.measure.test_keeping import deliveries

pytestmark = pytest.mark.house


@pytest.mark.parametrize(
    ("measure", "known_as"),
    [("wait (days)", ("wait", "days")), (" (days)", ("", "days")), ("wait", ("wait", ""))],
)
def test_a_band_is_of_the_measure_and_the_unit_that_the_promise_has(ada, measure, known_as):
    rng = np.random.default_rng(3)
    took = rng.integers(1, 10, 900)
    said = 8 - 0.5 * np.maximum(took - 5, 0) + rng.normal(0, 0.5, 900)
    rows = [(f"d{n}", f"p{n}", 5.0, float(took[n]), said[n], "s") for n in range(900)]
    table = deliveries(rows)
    named = pa.array([measure] * 900)
    at = table.column_names.index("measure")
    book().append("deliveries", table.set_column(at, "measure", named), batch="b")

    assert learn_bands(MONDAY) == 1

    [band] = Band.objects.all()
    assert (band.measure, band.unit) == known_as
