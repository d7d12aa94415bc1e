"""What is asked of a device that is always late, and whether an answer is one; for all clients."""

import threading
import time
from typing import Any, TypeAlias

Answer: TypeAlias = Any
HANGS_AFTER_S = 15.0
_TRUE = {"modbus": (7.0, 37.0), "ika": (37.0, 500.0)}


def tally(kind, ask, questions):
    """Ask so often; counts of right, wrong, refused (an error) and unanswered questions.

    ``ask`` takes the number of the question: even ones ask for the first value, odd ones for the
    second. A question that is not answered at all ends the asking.
    """
    counts = {"right": 0, "wrong": 0, "errors": 0, "hangs": 0}
    for i in range(questions):
        outcome = []
        began_s = time.monotonic()

        def once(i=i, began_s=began_s, outcome=outcome):
            try:
                value = ask(i)
            except Exception:
                outcome.append("errors")
            else:
                outcome.append("right" if _is_right(kind, i, began_s, value) else "wrong")

        asking = threading.Thread(target=once, daemon=True)
        asking.start()
        asking.join(HANGS_AFTER_S)
        counts[outcome[0] if outcome else "hangs"] += 1
        if not outcome:
            break
    return counts


def _is_right(kind, i, began_s, value):
    if kind == "alicat":  # its flow is the time at which the device was asked
        return value >= began_s - 0.01
    return abs(float(value) - _TRUE[kind][i % 2]) < 0.01
