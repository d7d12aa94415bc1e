"""Nights one after the other: a queue of campaigns for each station, and who works it off."""
