"""Alarms: made from the journal, told once, over beyond a dead band, seen by somebody."""

import pytest

from hardware import Scan
from hardware.polling import Fault
from orchestrator.alarms.book import AlarmBook
from orchestrator.alarms.notify import Notifier, NotifySpec
from orchestrator.engine.attention import Attention
from orchestrator.engine.guard import Guard
from orchestrator.engine.operation import Operation
from orchestrator.protocol import Limits
from orchestrator.records.store import Entry


def entry(seq, kind, vessel=None, **body):
    return Entry(seq, 60.0 * seq, kind, vessel, body)


LIMIT = {"about": "limit do", "what": "do is 5, outside its limits", "then": "warn"}
HELD = {"about": "limit volume", "what": "volume is 13, outside its limits", "then": "hold"}


def test_a_warning_stands_until_it_is_over_or_seen():
    book = AlarmBook([entry(1, "alarm", "A1", **LIMIT)])
    (alarm,) = book.standing
    assert (alarm.level, alarm.state) == ("warning", "active, not acknowledged")
    book.take(entry(2, "alarm over", "A1", about="limit do", what="do is 30"))
    assert book.standing == []


def test_an_urgent_one_stands_until_it_is_over_and_seen():
    book = AlarmBook([entry(1, "alarm", "A1", **HELD)])
    book.take(entry(2, "alarm over", "A1", about="limit volume", what="volume is 11"))
    (alarm,) = book.standing
    assert alarm.state == "over, not acknowledged"
    book.take(entry(3, "acknowledged", None, alarm=1, who="Ada", why="saw it"))
    assert book.standing == []
    assert alarm.acknowledged == "Ada"


def test_seen_but_active_it_stays():
    book = AlarmBook([entry(1, "alarm", "A1", **HELD)])
    book.take(entry(2, "acknowledged", None, alarm=None, who="Ada", why="all seen"))
    assert [alarm.state for alarm in book.standing] == ["active, acknowledged by Ada"]


def test_the_same_again_is_counted_and_not_a_second_one():
    book = AlarmBook()
    assert book.take(entry(1, "alarm", "A1", **LIMIT)) is not None
    assert book.take(entry(2, "alarm", "A1", **LIMIT)) is None
    assert [alarm.times for alarm in book.alarms] == [2]


def test_urgent_ones_come_first():
    book = AlarmBook([entry(1, "alarm", "A1", **LIMIT), entry(2, "fault", None, what="the arm")])
    assert [alarm.level for alarm in book.standing] == ["urgent", "warning"]


def guard(**limit):
    limits = Limits.model_validate({"temperature": {"high": "38 degC", **limit}})
    watcher = Guard(limits)
    return lambda minute, value: [
        (one.channel, one.then) for one in watcher.excursions(60.0 * minute, {"temperature": value})
    ]


def test_a_dead_band_keeps_an_alarm_from_coming_and_going():
    told = guard(dead_band="0.5 degC")
    assert told(0, 38.2) == [("temperature", "warn")]
    assert told(1, 37.8) == []
    assert told(2, 38.1) == []
    assert told(3, 37.5) == [("temperature", "")]
    assert told(4, 38.1) == [("temperature", "warn")]


def test_an_excursion_that_was_never_told_has_no_end():
    told = guard(**{"for": "10 min", "dead_band": "0.5 degC"})
    assert told(0, 38.2) == []
    assert told(1, 37.9) == []
    assert told(11, 38.2) == [], "the time begins anew"


def test_a_dead_band_must_leave_room():
    with pytest.raises(ValueError, match="leaves no room"):
        Limits.model_validate({"ph": {"low": 6.8, "high": 7.0, "dead_band": 0.15}})


def test_an_overdue_operation_is_told_once_and_again_when_it_waits_no_more():
    attention = Attention()
    one = Operation("A1", "feed", 0.0, 300.0, 0.05, source="feed", name="A1-1")
    assert list(attention.overdue([one], 300.0)) == []
    (note,) = attention.overdue([one], 360.0)
    assert (note.kind, note.vessel, note.body["about"]) == ("overdue", "A1", "overdue A1-1")
    assert list(attention.overdue([one], 420.0)) == []
    (note,) = attention.overdue([], 480.0)
    assert note.kind == "overdue over"


def test_a_silent_device_is_told_once_and_again_when_it_answers():
    attention = Attention()
    silent = Scan(None, (Fault(("A1",), "arc 1", "ph: no reply"),))  # type: ignore[arg-type]
    answers = Scan(None, ())  # type: ignore[arg-type]
    assert [note.kind for note in attention.silent(silent)] == ["alarm"]
    assert list(attention.silent(silent)) == []
    assert [note.kind for note in attention.silent(answers)] == ["alarm over"]


SPEC = NotifySpec.model_validate(
    {
        "notify": 1,
        "to": [
            {"url": "json://urgent", "level": "urgent"},
            {"url": "json://all", "level": "warning"},
        ],
        "again_after": "30 min",
    }
)


def test_each_is_told_what_concerns_them_and_not_too_often():
    sent = []
    notifier = Notifier(SPEC, "night", lambda url, title, text: sent.append((url, title)) or True)
    book = AlarmBook([entry(1, "alarm", "A1", **LIMIT), entry(2, "alarm", "A2", **HELD)])
    assert notifier.tell(book.alarms, 0.0) == 2
    assert sent == [
        ("json://urgent", "urgent: night: A2: limit volume"),
        ("json://all", "urgent: night: A1: limit do and 1 more"),
    ]
    assert notifier.tell(book.alarms, 60.0) == 0
    assert notifier.tell(book.alarms, 1800.0) == 2


def test_a_message_that_is_not_sent_is_told():
    notifier = Notifier(SPEC, "night", lambda *_: False)
    notifier.tell(AlarmBook([entry(1, "fault", None, what="the arm")]).alarms, 0.0)
    assert notifier.failures == ["a message by json was not sent"] * 2
