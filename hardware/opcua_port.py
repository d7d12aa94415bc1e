"""An OPC UA server as a port of variables; needs the extra ``inoculum[opcua]`` (asyncua)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as TooLong
from contextlib import suppress
from typing import Any, TypeVar

from hardware.errors import DamagedReply, DeviceRefused, NoReply, PortLost
from hardware.variables import NoBytes

Result = TypeVar("Result")
_TIMEOUT_S = 4.0
_CLOSES_S = 2.0


class OpcUaPort(NoBytes):
    """One session with a server; asyncua keeps it alive on a loop in a thread of its own.

    Args:
        url: Such as ``opc.tcp://192.168.0.5:4840``.
        timeout_s: For one question.
    """

    def __init__(self, url: str, timeout_s: float = _TIMEOUT_S) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Any = None
        self._thread = threading.current_thread()

    def open(self) -> None:
        """See `Port.open`.

        Raises:
            PortLost: The extra is not installed, or the server is not there.
        """
        if self._client is not None:
            return
        try:
            from asyncua import Client
        except ImportError:
            raise PortLost("OPC UA needs the extra: pip install 'inoculum[opcua]'") from None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=_live, args=(self._loop,), name=self._url, daemon=True
        )
        self._thread.start()
        self._client = Client(self._url, timeout=self._timeout_s)
        self._ask(self._client.connect())

    def close(self) -> None:
        """See `Port.close`."""
        client, loop = self._client, self._loop
        self._client = self._loop = None
        if loop is None:
            return
        with suppress(Exception):  # whatever a dying session complains of, it is closed
            asyncio.run_coroutine_threadsafe(client.disconnect(), loop).result(_CLOSES_S)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(_CLOSES_S)

    def check(self, names: Sequence[str]) -> None:
        """See `VariablePort.check`."""
        from asyncua import ua

        nodes = [self._node(name) for name in names]
        found = self._ask(self._opened().read_attributes(nodes, ua.AttributeIds.NodeClass))
        for name, node in zip(names, found, strict=True):
            if not node.StatusCode.is_good():
                raise DeviceRefused(f"the server has no '{name}' ({node.StatusCode.name})")

    def get(self, name: str, within_s: float) -> float:
        """See `VariablePort.get`; only a value of good quality is one."""
        (found,) = self._ask(self._opened().read_attributes([self._node(name)]))
        if not found.StatusCode.is_good():
            raise DeviceRefused(f"'{name}' has no good value: {found.StatusCode.name}")
        value = found.Value.Value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DamagedReply(f"'{name}' is {value!r}, no number")
        return float(value)

    def put(self, name: str, value: float) -> None:
        """See `VariablePort.put`."""
        self._ask(self._write(self._node(name), value))

    async def _write(self, node: Any, value: float) -> None:
        from asyncua import ua

        kind = await node.read_data_type_as_variant_type()
        whole = kind not in (ua.VariantType.Double, ua.VariantType.Float)
        # A value without time stamps: many servers refuse a client's.
        await node.write_value(ua.DataValue(ua.Variant(round(value) if whole else value, kind)))

    def _node(self, name: str) -> Any:
        from asyncua import ua

        try:
            return self._opened().get_node(name)
        except ua.UaError:
            raise DeviceRefused(f"'{name}' is no node such as 'ns=2;s=R1.pH'") from None

    def _opened(self) -> Any:
        if self._client is None:
            raise PortLost(f"{self._url} is not open")
        return self._client

    def _ask(self, question: Coroutine[Any, Any, Result]) -> Result:
        """Have the loop ask, and wait for the answer."""
        from asyncua import ua

        if self._loop is None:
            question.close()
            raise PortLost(f"{self._url} is not open")
        answer = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            return answer.result(2 * self._timeout_s)
        except (ua.uaerrors.BadNotWritable, ua.uaerrors.BadUserAccessDenied) as error:
            raise DeviceRefused(f"the server refuses to write it: {_reason(error)}") from error
        except (ua.uaerrors.BadOutOfRange, ua.uaerrors.BadTypeMismatch) as error:
            raise DeviceRefused(f"the server does not take it: {_reason(error)}") from error
        except (OSError, TooLong, ua.UaError, asyncio.CancelledError) as error:
            answer.cancel()
            if isinstance(error, TimeoutError):
                raise NoReply(f"{self._url} did not answer") from error
            raise PortLost(f"{self._url}: {_reason(error)}") from error


def _live(loop: asyncio.AbstractEventLoop) -> None:
    """Run a loop until it is stopped, and end what was under way on it."""
    loop.run_forever()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
