"""The vessel around a broth: how it mixes, aerates, warms and evaporates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from twin._parameters import ours, parameter
from twin.errors import TwinError


@dataclass(frozen=True)
class VesselPhysics:
    """What the twin knows of a kind of vessel; the defaults are those of ``2mag-10mL``.

    Gas transfer is ``kLa = kla_ref (N/N_ref)^a (Q/Q_ref)^b (V/V_ref)^c``.
    """

    kind: str = "2mag-10mL"
    kla_ref_1_h: float = ours(
        900.0,
        "1/h",
        "minibioreactors reach 1,440 1/h (Kirk & Szita 2013); set so that "
        "1..4.8 g/L/h in boluses pull DO down to about 80..40 %",
    )
    stirring_ref_rpm: float = parameter(
        3000.0, "rpm", "diginbio campaign, 2mag bioREACTOR48", "read in the source"
    )
    gas_flow_ref_ml_min: float = parameter(
        100.0, "mL/min", "diginbio campaign, head space 0.1 L/min air", "read in the source"
    )
    volume_ref_ml: float = parameter(
        10.0, "mL", "diginbio campaign, 2mag bioREACTOR48", "read in the source"
    )
    stirring_exponent: float = ours(2.2, "", "steep, as of gas-inducing stirrers")
    gas_flow_exponent: float = ours(0.1, "", "weak, as of head-space aeration")
    volume_exponent: float = ours(-0.3, "", "more liquid, less surface per volume")
    co2_in_gas_percent: float = parameter(0.04, "%", "air", "read in the source")
    co2_transfer_ratio: float = parameter(
        0.89, "", "kLa(CO2)/kLa(O2), IndPenSim (Goldrick 2015)", "read in a secondary copy"
    )
    do_probe_tau_s: float = parameter(
        35.0, "s", "Anane et al. 2017, DO probe lag", "read in a secondary copy"
    )
    temperature_tau_s: float = ours(180.0, "s", "a 10 mL glass settles within minutes")
    evaporation_ml_h: float = ours(0.01, "mL/h", "a cooled head loses about 0.1 % an hour")


_STIRRED_250ML = VesselPhysics(
    kind="stirred-250mL",
    kla_ref_1_h=12.0,
    stirring_ref_rpm=400.0,
    gas_flow_ref_ml_min=20.0,
    volume_ref_ml=200.0,
    stirring_exponent=1.4,
    gas_flow_exponent=0.5,
    volume_exponent=-0.3,
    co2_in_gas_percent=5.0,
    temperature_tau_s=600.0,
    evaporation_ml_h=0.05,
)

VESSELS: Mapping[str, VesselPhysics] = MappingProxyType(
    {vessel.kind: vessel for vessel in (VesselPhysics(), _STIRRED_250ML)}
)


def vessel_physics(kind: str) -> VesselPhysics:
    """The physics of a named kind of vessel.

    Raises:
        TwinError: no such kind; the message names those that exist.
    """
    if kind not in VESSELS:
        raise TwinError(f"no vessel kind {kind!r}; the twin knows {', '.join(VESSELS)}")
    return VESSELS[kind]
