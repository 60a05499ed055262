"""Draw the property tests anew, round after round with another seed, until the time is up.

FEELEDGER_FUZZ_MINUTES says how long, an hour if not given. FEELEDGER_FUZZ_SEED gives the first round's
seed, the next ones count up from it: so a gate is repeatable. The first round always runs whole; no
round is begun that would not end in time, judged by the longest before. What fails is printed with
its seed and kept in .hypothesis, so that `make test` meets it again.
"""

import os
import secrets
import subprocess
import sys
import time

MINUTES = float(os.environ.get("FEELEDGER_FUZZ_MINUTES", "60"))
SEED = os.environ.get("FEELEDGER_FUZZ_SEED")
TESTS = "hypothesis or fuzz"  # the plugin marks the first, the tests themselves the second


def play_round(seed: int) -> int:
    """Run every property test once, with many more cases than the suite draws."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"),
            *("-m", TESTS, "--hypothesis-profile", "fuzz", "--hypothesis-seed", str(seed)),
            *("tests", "--timeout", "3600"),
        ],
        env={**os.environ, "FEELEDGER_FUZZ": "1"},
    ).returncode


def main() -> None:
    """Go round and round; the first failure ends it."""
    end, longest, rounds = time.monotonic() + 60 * MINUTES, 0.0, 0
    while not rounds or time.monotonic() + longest < end:
        seed = secrets.randbits(32) if SEED is None else int(SEED) + rounds
        began = time.monotonic()
        failed = play_round(seed)
        rounds, longest = rounds + 1, max(longest, time.monotonic() - began)
        print(f"round {rounds}: seed {seed}, {time.monotonic() - began:.0f} s", flush=True)
        if failed:
            sys.exit(f"round {rounds} failed; again with: --hypothesis-seed {seed}")
    print(f"{rounds} rounds, nothing found")


main()
