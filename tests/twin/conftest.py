"""Cultures that the twin's tests share."""

from collections.abc import Callable

import pytest

from twin import Culture, Start, vessel_physics


@pytest.fixture
def ecoli() -> Callable[..., Culture]:
    """A maker of E. coli batches in 10 mL; any field of Start can be given."""

    def make(**fields: float) -> Culture:
        start = {
            "volume_ml": 10.0, "biomass": 0.2, "temperature_c": 37.0, "ph": 6.9,
            "stirring_rpm": 1300.0, "glucose_g_l": 5.0,
        }  # fmt: skip
        return Culture("e-coli", Start(**start | fields), vessel_physics("2mag-10mL"))

    return make


@pytest.fixture
def cho() -> Callable[..., Culture]:
    """A maker of CHO batches in 200 mL; any field of Start can be given."""

    def make(**fields: float) -> Culture:
        start = {
            "volume_ml": 200.0, "biomass": 0.3e6, "temperature_c": 37.0, "ph": 7.1,
            "stirring_rpm": 500.0, "glucose_g_l": 5.0, "glutamine_mm": 4.0,
        }  # fmt: skip
        return Culture("cho", Start(**start | fields), vessel_physics("stirred-250mL"))

    return make
