"""A mixture goes the whole way: design, rehearsal, analysis, report."""

import json
from pathlib import Path

import pytest

from orchestrator.cli import main
from tests.orchestrator.two_feeds import TWO_FEEDS

PROTOCOL = (
    """
protocol: 1
name: A blend of two feeds
organism: e-coli
factors:
  rich: {total: 60 µL, low: 10 µL}
  lean: {total: 60 µL, low: 10 µL}
design: {kind: mixture, points: simplex-lattice, replicates: 2, seed: 1}
"""
    + TWO_FEEDS
)


def test_a_mixture_is_rehearsed_and_its_best_blend_found(tmp_path: Path, repository: Path) -> None:
    protocol, folder = tmp_path / "blend.yaml", tmp_path / "night"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    station = repository / "protocols" / "stations" / "open-48.yaml"
    with pytest.raises(SystemExit) as left:
        main(["rehearse", str(protocol), "-s", str(station), "--seed", "7", "-o", str(folder)])
    assert not left.value.code
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    best = found["optimum"]["settings"]
    assert best["rich"] + best["lean"] == pytest.approx(60)
    assert all(10 <= amount <= 50 for amount in best.values())
    assert "rich" in (folder / "report.html").read_text(encoding="utf-8")
