"""The models as published give the published trajectories' digits, with their known traps."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from twin.kinetics import cho, ecoli

ANANE_START = [2.0, 0.17, 4.94, 0.0129, 98.0, 98.0]


@pytest.fixture(scope="module")
def anane():
    def rates(_, y):
        clipped = np.array([*y[:2], *np.maximum(y[2:5], 0.0), y[5]])
        return ecoli.published(clipped, ecoli.AnaneParameters())

    return solve_ivp(
        rates, (0, 10), ANANE_START, method="LSODA", rtol=1e-9, atol=1e-10, dense_output=True
    )


@pytest.mark.parametrize(
    ("hour", "biomass", "glucose", "acetate", "oxygen"),
    [
        (5, 0.82887, 3.68865, 0.09852, 83.325),
        (8, 2.05805, 1.41687, 0.19980, 62.635),
        (9, 2.72437, 0.20383, 0.23850, 56.961),
        (10, 2.95497, 0.0, 0.01121, 90.951),
    ],
)
def test_anane_batch(anane, hour, biomass, glucose, acetate, oxygen):
    y = anane.sol(hour)
    assert y[1:4] == pytest.approx([biomass, glucose, acetate], abs=1.1e-5)
    assert y[4] == pytest.approx(oxygen, abs=1.1e-3)


def test_anane_acetate_peak_and_oxygen_dip(anane):
    time = np.linspace(0, 10, 100_001)
    y = anane.sol(time)
    assert y[3].max() == pytest.approx(0.2394, abs=5e-5)
    assert time[y[3].argmax()] == pytest.approx(9.076, abs=1e-3)
    assert time[np.argmax(y[2] < 0.01)] == pytest.approx(9.205, abs=1e-3)
    assert y[4].min() == pytest.approx(55.92, abs=5e-3)


def cho_batch(parameters):
    start = [0.3e9, 30.0, 4.0, 0.5, 0.5, 0.0, 1.0]
    return solve_ivp(
        lambda _, y: cho.published(y, parameters), (0, 168), start, method="LSODA",
        rtol=1e-9, atol=[1, *[1e-9] * 6], dense_output=True,
    ).sol  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "table"),
    [
        (
            cho.XING_2010,
            {
                48: (0.8753, 24.758, 2.2787, 6.948, 1.8095),
                96: (1.8222, 14.752, 0.7171, 19.255, 2.5706),
                144: (2.4167, 3.790, 0.0082, 32.738, 2.3743),
                168: (2.3892, -0.057, 0.0340, 37.471, 1.9918),
            },
        ),
        (
            cho.KORNECKI_2018,
            {
                48: (1.2565, 25.028, 1.9225, 3.981, 1.9851),
                96: (2.8159, 13.448, 0.0006, 12.086, 2.6604),
                144: (2.8154, 4.097, 0.0007, 18.632, 1.8088),
                168: (2.8012, -0.537, 0.0149, 21.876, 1.3738),
            },
        ),
    ],
    ids=["Xing 2010", "Kornecki 2018"],
)
def test_cho_batch_with_its_negative_glucose(parameters, table):
    solution = cho_batch(parameters)
    for hour, (cells, glucose, glutamine, lactate, ammonia) in table.items():
        y = solution(hour)
        assert y[0] / 1e9 == pytest.approx(cells, abs=1e-4)
        assert y[[1, 3]] == pytest.approx([glucose, lactate], abs=1e-3)
        assert y[[2, 4]] == pytest.approx([glutamine, ammonia], abs=1e-4)
