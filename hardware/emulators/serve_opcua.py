"""Emulated vessels behind OPC UA servers that real clients open; needs ``inoculum[opcua]``.

The readings are renewed, and what clients wrote is done, once a second.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hardware.emulators.variables import MemoryVariables

_PERIOD_S = 1.0
_STARTS_S = 30.0
InPlant = Callable[[Callable[[float], None]], None]
"""Has something done at the plant's present time, by the one thread that may touch the plant."""


@contextmanager
def serve_opcua(servers: Mapping[str, MemoryVariables], in_plant: InPlant) -> Iterator[Any]:
    """Serve until the block is left.

    Args:
        servers: What stands at each port.
        in_plant: The way to the plant.

    Yields:
        URL by port name.

    Raises:
        ImportError: asyncua is not installed.
        OSError: A server does not start.
    """
    running = {name: _Server(variables, in_plant) for name, variables in servers.items()}
    try:
        yield {name: server.start() for name, server in running.items()}
    finally:
        for server in running.values():
            server.stop()


class _Server:
    """One server on a loop in a thread of its own."""

    def __init__(self, variables: MemoryVariables, in_plant: InPlant) -> None:
        self._variables = variables
        self._in_plant = in_plant
        self._nodes: dict[str, Any] = {}
        self._known: dict[str, float] = {}
        self._ready, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._url = f"opc.tcp://127.0.0.1:{free.getsockname()[1]}"

    def start(self) -> str:
        """Returns the URL once clients can come."""
        import asyncua  # noqa: F401  # told here, not in the thread

        self._thread.start()
        if not self._ready.wait(_STARTS_S):
            raise OSError(f"the OPC UA server {self._url} does not start")
        return self._url

    def stop(self) -> None:
        """End it."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    async def _live(self) -> None:
        from asyncua import Server, ua

        server = Server()
        await server.init()
        server.set_endpoint(self._url)
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        values = self._exchanged({})
        for name in self._variables.names:
            node_id = ua.NodeId.from_string(name)
            while len(await server.get_namespace_array()) <= node_id.NamespaceIndex:
                namespaces = len(await server.get_namespace_array())
                await server.register_namespace(f"urn:inoculum:emulated:{namespaces}")
            node = await server.nodes.objects.add_variable(node_id, name, values[name])
            if self._variables.settable(name):
                await node.set_writable()
            self._nodes[name] = node
        self._known = values
        async with server:
            self._ready.set()
            while not self._ending.is_set():
                await asyncio.sleep(_PERIOD_S)
                await self._renew()

    async def _renew(self) -> None:
        """Do what clients wrote, and show what the sensors say."""
        settable = [name for name in self._nodes if self._variables.settable(name)]
        held = {name: float(await self._nodes[name].read_value()) for name in settable}
        written = {name: value for name, value in held.items() if value != self._known[name]}
        self._known = self._exchanged(written)
        for name in self._nodes.keys() - held.keys():
            await self._nodes[name].write_value(self._known[name])
        self._known |= held

    def _exchanged(self, written: Mapping[str, float]) -> dict[str, float]:
        """Write set-points to the plant, and read everything."""
        values: dict[str, float] = {}

        def exchange(now_s: float) -> None:
            self._variables.begin(now_s)
            for name, value in written.items():
                self._variables.put(name, value)
            values.update((name, self._variables.get(name, 0.0)) for name in self._variables.names)

        self._in_plant(exchange)
        return values
