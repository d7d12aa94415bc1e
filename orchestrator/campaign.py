"""A campaign's folder: copy it and you have copied the experiment."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from designs import RunSheet
    from orchestrator.protocol import Protocol


class CampaignError(Exception):
    """The folder is not a campaign, or is one already."""


@dataclass(frozen=True)
class Campaign:
    """The files of one campaign.

    Attributes:
        folder: Where they lie.
    """

    folder: Path

    @property
    def protocol(self) -> Path:
        """The protocol as it was when the campaign began."""
        return self.folder / "protocol.yaml"

    @property
    def station(self) -> Path:
        """The station file as it was when the campaign began."""
        return self.folder / "station.yaml"

    @property
    def run_sheet(self) -> Path:
        """Which vessel got which factor levels."""
        return self.folder / "run_sheet.csv"

    @property
    def design(self) -> Path:
        """What is known of the design: seed, audit, layout, critical vessels."""
        return self.folder / "design.json"

    @property
    def records(self) -> Path:
        """Journal and telemetry."""
        return self.folder / "records.sqlite"

    @property
    def samples(self) -> Path:
        """Each sample with its well; what the laboratory finds is written beside it."""
        return self.folder / "samples.csv"

    @property
    def results(self) -> Path:
        """One row a run: factors and responses."""
        return self.folder / "results.csv"

    @property
    def findings(self) -> Path:
        """Every number of the report, for programs."""
        return self.folder / "results.json"

    @property
    def report(self) -> Path:
        """The report, one file that opens anywhere."""
        return self.folder / "report.html"

    @classmethod
    def create(
        cls,
        folder: Path,
        protocol: Path,
        station: Path,
        sheet: RunSheet,
        design: Mapping[str, Any],
        *,
        replace: bool = False,
    ) -> Campaign:
        """Make the folder and freeze what the campaign starts from.

        Args:
            folder: Where to make it.
            protocol: Copied as ``protocol.yaml``.
            station: Copied as ``station.yaml``.
            sheet: Written as ``run_sheet.csv``.
            design: Written as ``design.json``.
            replace: Whether an earlier campaign in that folder may be deleted.

        Raises:
            CampaignError: The folder holds something, and it may not or must not be deleted.
        """
        campaign = cls(folder)
        if folder.exists() and any(folder.iterdir()):
            if not (campaign.records.exists() or campaign.run_sheet.exists()):
                raise CampaignError(f"{folder} is not empty and is no campaign; choose another")
            if not replace:
                raise CampaignError(
                    f"{folder} holds a campaign already; choose another folder or add --force"
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(protocol, campaign.protocol)
        shutil.copyfile(station, campaign.station)
        sheet.to_csv(campaign.run_sheet)
        text = json.dumps(design, ensure_ascii=False, indent=1, allow_nan=False)
        campaign.design.write_text(text + "\n", encoding="utf-8")
        return campaign

    @classmethod
    def open(cls, folder: Path) -> Campaign:
        """An existing campaign.

        Raises:
            CampaignError: The folder has no records.
        """
        campaign = cls(folder)
        if not campaign.records.is_file():
            raise CampaignError(f"{folder} is not a campaign: it has no records.sqlite")
        return campaign

    def sheet(self, protocol: Protocol) -> RunSheet:
        """The run sheet as it was frozen."""
        from designs import RunSheet

        return RunSheet.from_csv(self.run_sheet, protocol.design_factors())
