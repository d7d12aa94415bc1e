from pathlib import Path

import apsw
import numpy as np
import pytest

from orchestrator.records.store import Records, RecordsError, RecordsReader

VESSELS = ["A1", "A2"]
CHANNELS = ["ph", "do", "od"]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "records.sqlite"
    records = Records(path, VESSELS, CHANNELS)
    intent = records.intent(1.0, "A1", do="feed", volume_ml=0.02)
    records.outcome(3.5, "A1", intent, status="done", value=0.02)
    records.reading(60.0, np.array([[7.0, 80.0, 1.5], [6.9, np.nan, 1.25]]))
    records.append(60.0, "phase", "A2", left="batch", entered="fed-batch")
    records.close()
    return path


def test_what_was_written_is_read_again(written: Path) -> None:
    reader = RecordsReader(written)
    entries = list(reader.journal())
    assert [(e.seq, e.kind, e.vessel) for e in entries] == [
        (1, "intent", "A1"),
        (2, "outcome", "A1"),
        (3, "phase", "A2"),
    ]
    assert entries[1].body == {"intent": 1, "status": "done", "value": 0.02}
    assert [e.seq for e in reader.journal("phase")] == [3]
    times, values = reader.telemetry()
    assert times.tolist() == [60.0]
    np.testing.assert_array_equal(values[0, 1], np.array([6.9, np.nan, 1.25], dtype="f4"))
    assert reader.meta["vessels"] == VESSELS
    reader.verify()


def test_an_intent_is_on_disk_when_the_call_returns(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    records = Records(path, VESSELS, CHANNELS)
    records.intent(1.0, "A1", do="feed", volume_ml=0.02)
    reader = RecordsReader(path)
    assert [entry.kind for entry in reader.journal()] == ["intent"]
    reader.close()
    records.close()


def test_the_journal_refuses_changes_and_shows_those_made_behind_its_back(written: Path) -> None:
    connection = apsw.Connection(str(written))
    for statement in ("DELETE FROM journal", "UPDATE journal SET time_s = 0"):
        with pytest.raises(apsw.ConstraintError, match="append-only"):
            connection.execute(statement)
    connection.execute("DROP TRIGGER journal_keeps_each")
    connection.execute("UPDATE journal SET body = '{}' WHERE seq = 2")
    connection.close()
    with pytest.raises(RecordsError, match="entry 2 is not as it was written"):
        RecordsReader(written).verify()


def test_a_reading_of_the_wrong_shape_is_refused(tmp_path: Path) -> None:
    records = Records(tmp_path / "records.sqlite", VESSELS, CHANNELS)
    with pytest.raises(ValueError, match="shape"):
        records.reading(0.0, np.zeros((3, 3)))
    records.close()


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="does not exist"):
        RecordsReader(tmp_path / "none.sqlite")
    other = tmp_path / "other.sqlite"
    other.write_text("not a database, but long enough to be looked at" * 20)
    with pytest.raises(RecordsError, match="not a campaign's records"):
        RecordsReader(other)


def test_what_is_not_waited_for_is_in_the_file_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    records = Records(path, VESSELS, CHANNELS)
    intent = records.intent(1.0, "A1", do="feed", volume_ml=0.02)
    records.outcome(3.5, "A1", intent, status="done", value=0.02)
    records.commit(wait=False)
    reader = RecordsReader(path)
    assert [entry.kind for entry in reader.journal()] == ["intent", "outcome"]
    # What comes next is waited for again.
    (synchronous,) = next(records._connection.execute("PRAGMA synchronous"))
    assert synchronous == 2
    reader.close()
    records.close()
