"""The warden tells what the journal says, and what it does not say: that nothing happens."""

import http.server
import json
import os
import threading

import numpy as np
import pytest

from orchestrator.alarms.notify import Notifier, NotifyError, NotifySpec, load_notify
from orchestrator.alarms.warden import Warden, watch
from orchestrator.desk.door import ENGINE_FILE
from orchestrator.records.store import Records


class Night:
    """Records that grow, and a clock."""

    def __init__(self, folder):
        self.folder, self.now_s = folder, 0.0
        self.records = Records(folder / "records.sqlite", ["A1"], ["ph"], durable=False)
        self.engine(os.getpid())
        self.warden = Warden(folder, 60.0, lambda: self.now_s)

    def engine(self, pid):
        (self.folder / ENGINE_FILE).write_text(json.dumps({"pid": pid, "port": 1, "word": ""}))

    def scan(self):
        self.now_s += 60.0
        self.records.reading(self.now_s, np.zeros((1, 1), np.float32))
        self.records.commit()

    def told(self):
        return [alarm.about for alarm in self.warden.look().fresh]


@pytest.fixture
def night(tmp_path):
    made = Night(tmp_path)
    yield made
    made.records.close()


def test_what_the_journal_says_is_told_once(night):
    night.records.append(0.0, "alarm", "A1", about="limit ph", what="ph is 5", then="hold")
    night.scan()
    assert night.told() == ["limit ph"]
    assert night.told() == []


def test_an_engine_that_writes_nothing_any_more_is_told_once_a_silence(night):
    night.scan()
    assert night.told() == []
    night.now_s += 299.0
    assert night.told() == []
    night.now_s += 2.0
    assert night.told() == ["engine"]
    night.now_s += 600.0
    assert night.told() == []
    night.scan()
    assert night.told() == []
    night.now_s += 301.0
    assert night.told() == ["engine"]


def test_an_engine_that_is_gone_is_told_at_once(night):
    night.scan()
    night.told()
    night.engine(2**22 + 1)  # above the highest process number
    assert night.told() == ["engine"]
    assert "gone" in night.warden.book.alarms[-1].what


def test_watching_ends_with_the_campaign(night):
    night.records.append(1.0, "closed", None)
    night.scan()
    watch(night.warden, 1.0, lambda fresh: None, lambda s: pytest.fail("it looked on"))


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # apprise imports it
def test_a_webhook_is_called(night):
    pytest.importorskip("apprise", reason="needs inoculum[notify]")
    heard = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"json://127.0.0.1:{server.server_address[1]}/"
        spec = NotifySpec.model_validate({"notify": 1, "to": [{"url": url, "level": "warning"}]})
        night.records.append(0.0, "fault", None, what="the arm does not move")
        night.scan()
        notifier = Notifier(spec, "tonight")
        assert notifier.tell(night.warden.look().fresh, 0.0) == 1
        server.shutdown()
    assert heard[0]["title"] == "urgent: tonight: station: fault"
    assert "the arm does not move" in heard[0]["message"]
    assert notifier.failures == []


def test_passwords_that_others_can_read_are_refused(tmp_path):
    file = tmp_path / "notify.yaml"
    file.write_text('notify: 1\nto: [{url: "json://x"}]\n')
    file.chmod(0o644)
    with pytest.raises(NotifyError, match="chmod 600"):
        load_notify(file)
    file.chmod(0o600)
    spec = load_notify(file)
    assert spec is not None
    assert spec.to[0].level == "urgent"
