"""From design sections to coded points, one file per group of kinds; `planned` is the way in."""
