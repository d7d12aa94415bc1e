"""Opentrons' own emulators of its modules and of the OT-2's gantry, on TCP: one port each."""

import asyncio

from opentrons.hardware_control.emulation.connection_handler import ConnectionHandler
from opentrons.hardware_control.emulation.heater_shaker import HeaterShakerEmulator
from opentrons.hardware_control.emulation.parser import Parser
from opentrons.hardware_control.emulation.settings import Settings
from opentrons.hardware_control.emulation.smoothie import SmoothieEmulator
from opentrons.hardware_control.emulation.tempdeck import TempDeckEmulator


async def main() -> None:
    settings, parser = Settings(), Parser()
    emulators = (
        HeaterShakerEmulator(parser, settings.heatershaker),
        TempDeckEmulator(parser, settings.tempdeck),
        SmoothieEmulator(parser, settings.smoothie),
    )
    servers = [
        await asyncio.start_server(ConnectionHandler(emulator), "127.0.0.1", 0)
        for emulator in emulators
    ]
    print("READY", *(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
