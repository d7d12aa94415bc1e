"""Kinds of designs, each the model of a ``design`` section; `designs.spec` is their union."""
