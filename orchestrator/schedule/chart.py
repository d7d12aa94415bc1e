"""The plan as a picture: a page with two charts, the whole night and its busiest stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from orchestrator.schedule.plan import Plan
from orchestrator.schedule.report import sentences
from orchestrator.schedule.simulation import Done
from orchestrator.schedule.words import clock, deviation, span

_COLOURS = {"feed": "#0072B2", "inducer": "#CC79A7", "sample": "#009E73", "ph": "#E69F00"}
"""Of Okabe and Ito, told apart by colour-blind people too."""
_LATE = "#D55E00"
_WIDTH, _LEFT, _ROW, _TOP = 1180.0, 64.0, 13.0, 26.0
_TICKS_S = (60.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21600.0, 43200.0, 86400.0, 172800.0)
_STRETCH_S = 3600.0
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 14px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1260px; color: #222 }}
svg {{ width: 100%; height: auto; background: #fff }} text {{ font: 10px system-ui, sans-serif }}
.key span {{ padding: 0 .5em; margin-right: 1em; color: #fff; border-radius: 3px }}
</style></head><body><h1>{title}</h1>
<p>{told}</p>
<p class="key">{key}</p>
{charts}
</body></html>
"""


def chart(plan: Plan) -> str:
    """A page by itself, without anything from elsewhere.

    A row is a vessel, a bar an operation; the line before a bar goes back to when it was due. What
    each is, is told where the pointer rests.
    """
    title = f"{plan.night.protocol.name} on {plan.night.station.name}, as planned"
    first_s = _stretch(plan)
    last_s = min(first_s + _STRETCH_S, plan.end_s)
    charts = [
        _svg(plan, 0.0, plan.end_s, "The whole night"),
        _svg(plan, first_s, last_s, f"From {clock(first_s)} on, where it is tightest"),
    ]
    words = [*_COLOURS.items(), ("late", _LATE)]
    key = "".join(f'<span style="background:{colour}">{word}</span>' for word, colour in words)
    return _PAGE.format(
        title=escape(title),
        told="<br>".join(escape(sentence) for sentence in sentences(plan)),
        key=key,
        charts="\n".join(charts),
    )


def _stretch(plan: Plan) -> float:
    """Where to look closely: what is latest, else the busiest hour."""
    worst = max(plan.done, key=lambda one: one.late_s, default=None)
    if worst is not None and worst.late_s > 0:
        return max(0.0, worst.operation.due_s - worst.operation.early_s)
    hours = [arm.busiest_hour for arm in plan.arms]
    return max(hours, key=lambda hour: hour[1], default=(0.0, 0.0))[0]


def _svg(plan: Plan, first_s: float, last_s: float, title: str) -> str:
    vessels = list(plan.starts_s)
    height = _TOP + _ROW * len(vessels) + 22
    scale = (_WIDTH - _LEFT - 8) / max(last_s - first_s, 1.0)
    shown = [one for one in plan.done if first_s <= one.end_s and one.start_s <= last_s]
    parts = [
        f"<h2>{escape(title)}</h2>",
        f'<svg viewBox="0 0 {_WIDTH:g} {height:g}" role="img" aria-label="{escape(title)}">',
        *_grid(vessels, first_s, last_s, scale, height),
        *(_bar(one, vessels.index(one.operation.vessel), first_s, scale) for one in shown),
        "</svg>",
    ]
    return "\n".join(parts)


def _grid(
    vessels: Sequence[str], first_s: float, last_s: float, scale: float, height: float
) -> Iterator[str]:
    for row, vessel in enumerate(vessels):
        y = _TOP + row * _ROW
        if row % 2:
            yield f'<rect x="0" y="{y:g}" width="{_WIDTH:g}" height="{_ROW:g}" fill="#f4f4f4"/>'
        yield f'<text x="{_LEFT - 8:g}" y="{y + 10:g}" text-anchor="end">{escape(vessel)}</text>'
    step_s = next((one for one in _TICKS_S if (last_s - first_s) / one <= 16), _TICKS_S[-1])
    tick = -(-first_s // step_s) * step_s
    while tick <= last_s:
        x = _LEFT + (tick - first_s) * scale
        yield f'<path d="M{x:.1f} {_TOP:g}V{height - 20:g}" stroke="#ddd"/>'
        yield f'<text x="{x:.1f}" y="{height - 6:g}" text-anchor="middle">{clock(tick)}</text>'
        tick += step_s


def _bar(one: Done, row: int, first_s: float, scale: float) -> str:
    y, x = _TOP + row * _ROW, _LEFT + (one.start_s - first_s) * scale
    width = max((one.end_s - one.start_s) * scale, 0.8)
    colour = _LATE if one.late_s else _COLOURS[one.operation.kind]
    due = max(_LEFT, _LEFT + (one.operation.due_s - first_s) * scale)
    wanted = one.operation
    told = (
        f"{wanted.vessel}: {wanted.kind} {wanted.sample or wanted.source}, due at "
        f"{clock(wanted.due_s)}, begins {deviation(one.deviation_s)}, takes "
        f"{span(one.end_s - one.start_s)}"
    )
    return (
        f'<path d="M{due:.1f} {y + _ROW / 2:g}H{max(x, _LEFT):.1f}" stroke="{colour}" '
        f'stroke-opacity=".45"/><rect x="{max(x, _LEFT):.1f}" y="{y + 2:g}" width="{width:.1f}" '
        f'height="{_ROW - 4:g}" fill="{colour}"><title>{escape(told)}</title></rect>'
    )
