"""Every number of the reference catalogue that our analysis is about; see `make catalogue`."""

import pytest

from tests.catalogue.entries import folder
from tests.catalogue.tally import AGREES, DIFFERS, OUT, summary, verdicts, worst

MADE = folder()


@pytest.mark.skipif(MADE is None, reason="make catalogue makes the environment with the catalogue")
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")  # books also print 0/0
def test_every_number_in_scope_is_the_one_printed():
    found = verdicts(MADE)
    print(summary(found))
    differ = [v for v in found if v.outcome == DIFFERS]
    assert differ == [], worst(found)
    assert sum(v.outcome == AGREES for v in found) >= 17_000
    assert len({v.check.entry["name"] for v in found if v.outcome != OUT}) >= 400
