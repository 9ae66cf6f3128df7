"""Two commands in turn, and the median ratio of their times.

The shared part of the benchmarks. Every PYTHON* variable is cleared, because those of a development
machine (PYTHONUNBUFFERED above all) change the figures by several times.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def gilscope():
    """The program: $GILSCOPE, or the release build."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = pathlib.Path(os.environ.get("GILSCOPE", target / "release" / "gilscope"))
    if not path.exists():
        sys.exit(f"{path} is missing: cargo build --release, or set GILSCOPE")
    return str(path)


def python():
    """The interpreter: $GILSCOPE_BENCH_PYTHON, or what `gilscope pythons` finds first."""
    if chosen := os.environ.get("GILSCOPE_BENCH_PYTHON"):
        return chosen
    listed = subprocess.run([gilscope(), "pythons", "--json"], env=ENVIRONMENT, capture_output=True, text=True)
    try:
        found = [p for p in json.loads(listed.stdout) if p.get("gil_enabled", True)]
        return found[0]["path"]
    except (ValueError, LookupError, TypeError, AttributeError):
        sys.exit("no interpreter was found: set GILSCOPE_BENCH_PYTHON")


def run(command, **more):
    """Runs a command to its end; seconds that it took, and what it printed."""
    begin = time.perf_counter()
    done = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, **more)
    took = time.perf_counter() - begin
    if done.returncode:
        shown = (done.stderr or b"").decode(errors="replace")[-2000:]
        sys.exit(f"{command} ended with {done.returncode}\n{shown}")
    return took, done.stdout


def compare(name, bound, one, other, pairs):
    """Takes the times `one()` and `other()` in turn, `pairs` times, and prints the median of their ratios.

    Returns whether it is within the bound. The first pair warms up and does not count.
    """
    ratios, ones, others = [], [], []
    for number in range(pairs + 1):
        # Whoever is second may find warmer caches: they change places.
        a, b = (one(), other()) if number % 2 else reversed((other(), one()))
        if number:
            ratios.append(a / b)
            ones.append(a)
            others.append(b)
    ratio = statistics.median(ratios)
    verdict = "ok" if ratio <= bound else "TOO SLOW"
    print(
        f"{name:<46} {ratio:6.3f}  (bound {bound:.2f}, {verdict}; "
        f"median {statistics.median(ones):.3f} s against {statistics.median(others):.3f} s, "
        f"ratios {min(ratios):.3f} to {max(ratios):.3f}, {pairs} pairs)",
        flush=True,
    )
    return ratio <= bound
