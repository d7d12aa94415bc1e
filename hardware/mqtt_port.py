"""An MQTT broker as a port of variables; needs the extra ``inoculum[mqtt]`` (paho-mqtt).

A variable is a topic, or a topic and a field of the JSON object that is published there, joined by
``#``. A broker keeps the last message of a topic and gives it to whoever subscribes: such a
retained message proves that the topic is in use, but it may be days old and is never a value.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from math import inf
from typing import Any
from urllib.parse import unquote, urlsplit

from hardware.errors import DamagedReply, DeviceRefused, NoReply, PortLost
from hardware.variables import NoBytes

_TIMEOUT_S = 5.0
_KEEP_ALIVE_S = 30
_PORT = 1883


class MqttPort(NoBytes):
    """One client of a broker.

    Args:
        url: Such as ``mqtt://user:password@leader.local:1883``.
        timeout_s: For the connection, and for the first message of a topic.
    """

    def __init__(self, url: str, timeout_s: float = _TIMEOUT_S) -> None:
        self._broker = urlsplit(url)
        self._timeout_s = timeout_s
        self._client: Any = None
        self._news = threading.Condition()
        self._messages: dict[str, tuple[float, bytes]] = {}

    def open(self) -> None:
        """See `Port.open`.

        Raises:
            PortLost: The extra is not installed, or the broker is not there or refuses.
        """
        if self._client is not None:
            return
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError:
            raise PortLost("MQTT needs the extra: pip install 'inoculum[mqtt]'") from None
        client = Client(CallbackAPIVersion.VERSION2)
        if self._broker.username:
            password = unquote(self._broker.password or "")
            client.username_pw_set(unquote(self._broker.username), password)
        client.on_message = self._take
        client.on_connect = self._wake
        client.connect_timeout = self._timeout_s
        try:
            client.connect(self._broker.hostname, self._broker.port or _PORT, _KEEP_ALIVE_S)
        except OSError as error:
            raise PortLost(f"{self._where}: {error}") from error
        self._client = client
        client.loop_start()
        with self._news:
            connected = self._news.wait_for(client.is_connected, self._timeout_s)
        if not connected:
            self.close()
            raise PortLost(f"{self._where} lets nobody in")

    def close(self) -> None:
        """See `Port.close`."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()
        self._messages.clear()

    def check(self, names: Sequence[str]) -> None:
        """See `VariablePort.check`; a message of any age shows that a topic is in use."""
        topics = list(dict.fromkeys(name.partition("#")[0] for name in names))
        self._opened().subscribe([(topic, 0) for topic in topics])
        with self._news:
            self._news.wait_for(lambda: self._messages.keys() >= set(topics), self._timeout_s)
            silent = [topic for topic in topics if topic not in self._messages]
        if silent:
            raise DeviceRefused(f"nothing is published on '{silent[0]}'; is its job running?")

    def get(self, name: str, within_s: float) -> float:
        """See `VariablePort.get`."""
        self._opened()
        topic, _, field = name.partition("#")
        with self._news:
            came_s, payload = self._messages.get(topic, (-inf, b""))
        age_s = self.now() - came_s
        if age_s > within_s:
            state = "tells nothing new" if came_s == -inf else f"is {age_s:.0f} s old"
            raise NoReply(f"'{topic}' {state}")
        return _number(name, payload, field)

    def put(self, name: str, value: float) -> None:
        """See `VariablePort.put`; what the topic said before is forgotten."""
        client = self._opened()
        with self._news:
            self._messages.pop(name, None)
        client.publish(f"{name}/set", repr(value), qos=1)

    @property
    def _where(self) -> str:
        return f"mqtt://{self._broker.hostname}:{self._broker.port or _PORT}"

    def _opened(self) -> Any:
        if self._client is None or not self._client.is_connected():
            raise PortLost(f"{self._where} is not connected")
        return self._client

    def _take(self, client: Any, data: Any, message: Any) -> None:
        came_s = -inf if message.retain else time.monotonic()
        with self._news:
            if message.payload:
                self._messages[message.topic] = (came_s, message.payload)
            else:  # an empty message takes a topic back
                self._messages.pop(message.topic, None)
            self._news.notify_all()

    def _wake(self, *_: Any) -> None:
        with self._news:
            self._news.notify_all()


def _number(name: str, payload: bytes, field: str) -> float:
    try:
        said = json.loads(payload)
        value = said[field] if field else said
    except (ValueError, KeyError, TypeError):
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DamagedReply(f"'{name}' has no number: {payload[:80]!r}")
    return float(value)
