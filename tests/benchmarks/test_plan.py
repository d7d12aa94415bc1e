"""The planning that is measured is of the whole job, and is right."""

import pytest

from benchmarks import plan


def test_the_job_is_what_its_name_says():
    done = plan.plan("30 min", vessels=3, days=2, stagger_s=0.0)
    kinds = [one.operation.kind for one in done]
    assert (kinds.count("sample"), kinds.count("feed")) == (3 * 4, 3 * 2)
    assert plan.VESSELS * plan.DAYS * 3 == 4032


def test_the_wave_is_as_good_as_one_arm_can_be():
    """Its work, without the last feed, less the hour between the two, to either side."""
    work_s = plan.VESSELS * (90 + 75) - 75
    assert plan.wave(plan.VESSELS) == pytest.approx((work_s - 3600) / 2 / 60, abs=0.1)


def test_a_part_of_it_is_measured_and_proven(monkeypatch):
    pytest.importorskip("ortools")
    monkeypatch.setattr(plan, "VESSELS", 4)
    assert plan.measure_plan("plan.4032.seconds", 0.1).ours > 0
    assert plan.measure_proof("prove.96x14d.seconds", 0.1).ours > 0
