"""What is asked on each port, and the figures of a run; the same for all clients."""

REQUEST = b"Q" * 19 + b"\r"
REPLY = b"A" * 28 + b"\r\n"


def figures(took_s, elapsed_s, cpu_s):
    """Transactions per second, µs of processor time a transaction, 99th percentile in ms."""
    took_s = sorted(took_s)
    count = len(took_s)
    return {
        "per_s": count / elapsed_s,
        "cpu_us": cpu_s / count * 1e6,
        "p99_ms": took_s[int(0.99 * count)] * 1e3,
    }
