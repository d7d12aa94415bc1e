"""Designs as files: their record beside the run sheet, other designs to compare, the page."""
