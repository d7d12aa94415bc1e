"""The command ``inoculum``: one command a verb, plain sentences, fixed exit codes."""

from orchestrator.cli.app import main

__all__ = ["main"]
