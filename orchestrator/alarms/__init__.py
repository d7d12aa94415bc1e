"""Alarms: what a person should know, who knows it already, and how they are told."""
