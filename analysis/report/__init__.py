"""The report: one HTML file that holds everything and opens anywhere, the answer first."""

from analysis.report.context import Deviation, NightNote, ReportContext
from analysis.report.page import render

__all__ = ["Deviation", "NightNote", "ReportContext", "render"]
