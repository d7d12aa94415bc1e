"""What the journal of an interrupted campaign says."""

from benchmarks.interrupted import Campaign
from orchestrator.records.store import Entry, RecordsReader


def journal(campaign: Campaign, *kinds: str) -> list[Entry]:
    """Entries of some kinds, or all, after the chain was verified."""
    reader = RecordsReader(campaign.records)
    try:
        reader.verify()
        return list(reader.journal(*kinds))
    finally:
        reader.close()
