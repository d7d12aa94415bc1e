"""mt-sics-emulator on a serial port, with a weight on its pan: PORT KILOGRAMS."""

import asyncio
import sys

from mtsics.core.simulator import WeightSimulator
from mtsics.core.state import ScaleState
from mtsics.profiles import DEFAULT_PROFILE, load
from mtsics.protocol.engine import MTSICSEngine
from mtsics.transport.serial import SerialConfig, SerialTransport


async def main() -> None:
    state = ScaleState(config=load(DEFAULT_PROFILE))
    scale = WeightSimulator(state, seed=1)
    scale.set_target(float(sys.argv[2]))
    scale.advance_to_stable()
    transport = SerialTransport(MTSICSEngine(state), scale, SerialConfig(port=sys.argv[1]))
    await transport.open()
    print("READY", state.config.serial_number, state.config.unit, flush=True)
    await transport.serve_forever()


asyncio.run(main())
