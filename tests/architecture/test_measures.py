"""The figures of the house do not get worse."""

from __future__ import annotations

import pytest

from tests.architecture.measures import Measure, measures


@pytest.mark.parametrize("measure", measures(), ids=lambda measure: measure.name)
def test_a_figure_does_not_get_worse(measure: Measure) -> None:
    assert measure.value <= measure.most
