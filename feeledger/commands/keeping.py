"""Keeping a process going: where it dies it is started again, after a pause that grows (logged).

What ends by itself with exit 0 is started again too: background work has no end of its own.
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feeledger.commands.job_desk import log

LOOK_SECONDS = 0.5
END_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds before a new start: ``first``, doubled each time up to ``longest``.

    Whoever has run for ``steady`` seconds begins with ``first`` again.
    """

    first: float = 1.0
    longest: float = 300.0
    steady: float = 600.0

    def after(self, pause: float, *, ran: float) -> float:
        """Give the pause after one that ``pause`` preceded and that ran so long."""
        return self.first if ran >= self.steady else min(pause * 2, self.longest)


def keep_alive(command: Sequence[str], pauses: Pauses, *, ended: Callable[[float], bool]) -> None:
    """Run a command until the end is called for; where it dies, wait and run it again.

    ``ended`` waits some seconds and says whether the end was called for meanwhile.
    """
    pause = pauses.first
    while True:
        began = time.monotonic()
        child = subprocess.Popen(command)  # noqa: S603 (our own command)
        while child.poll() is None:
            if ended(LOOK_SECONDS):
                _end(child)
                return
        log.error("work-died", exit=child.returncode, again_in_seconds=pause)
        if ended(pause):
            return
        pause = pauses.after(pause, ran=time.monotonic() - began)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
