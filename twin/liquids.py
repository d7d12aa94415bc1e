"""What goes into a vessel: the broth it starts with, and what is added later."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Start:
    """The broth at time 0.

    Attributes:
        volume_ml: liquid volume, mL.
        biomass: g/L for ``e-coli``, viable cells/mL for ``cho``.
        temperature_c: temperature and its set-point, degC.
        ph: pH.
        stirring_rpm: stirrer speed, rpm.
        glucose_g_l: glucose, g/L.
        glutamine_mm: glutamine, mmol/L (``cho`` only).
        gas_flow_ml_min: gas flow, mL/min; None takes the vessel's usual one.
        oxygen_percent: O2 in the gas, %.
    """

    volume_ml: float
    biomass: float
    temperature_c: float
    ph: float
    stirring_rpm: float
    glucose_g_l: float = 0.0
    glutamine_mm: float = 0.0
    gas_flow_ml_min: float | None = None
    oxygen_percent: float = 20.95


@dataclass(frozen=True)
class Reagent:
    """What is in a bottle.

    Attributes:
        name: the bottle's name in the protocol.
        glucose_g_l: glucose, g/L.
        glutamine_mm: glutamine, mmol/L.
        iptg_mm: IPTG, mmol/L.
        base_mm: strong base (alkalinity), mmol/L.
        acid_mm: strong acid, mmol/L.
        biomass: living cells of an inoculum, g/L for ``e-coli``, cells/mL for ``cho``.
    """

    name: str
    glucose_g_l: float = 0.0
    glutamine_mm: float = 0.0
    iptg_mm: float = 0.0
    base_mm: float = 0.0
    acid_mm: float = 0.0
    biomass: float = 0.0
