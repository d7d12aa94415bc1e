"""Write what is generated from the models: the schemas and the reference.

Run ``python -m orchestrator.protocol`` at the top of the checkout after changing a model.
"""

from __future__ import annotations

from pathlib import Path

from orchestrator.protocol.generated import generated_files


def main() -> None:
    """Write the generated files of the checkout this package stands in."""
    top = Path(__file__).resolve().parents[2]
    for path, text in generated_files(top).items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(top))


if __name__ == "__main__":
    main()
