"""``feeledger work``: the background process, one job after another, each at its own pace.

A job that fails is logged and tried again at its next turn; the others go on. Two processes at
once do no harm. SIGTERM and SIGINT end the process between two jobs; so does the end of the
process that started it, where ``--with-parent`` was given.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING

import click

from feeledger.commands.options import lang_option, spoken_language

if TYPE_CHECKING:
    from feeledger.commands.job_desk import Desk
    from feeledger.commands.jobs import Job


@click.command()
@click.argument("jobs", nargs=-1, metavar="[JOB]…")
@click.option("--once", is_flag=True, help="各做一遍即结束 · do each once and end")
@click.option("--without", multiple=True, metavar="JOB", help="不做此项 · leave this job out")
@click.option("--list", "list_only", is_flag=True, help="列出各项工作 · list the jobs")
@click.option(
    "--with-parent",
    is_flag=True,
    help="标准输入关闭（父进程结束）即结束 · end when standard input closes, with the parent",
)
@click.option(
    "--keep-going",
    is_flag=True,
    help="在子进程里做，意外退出则再起 · do it in a child process; start that again if it dies",
)
@lang_option
def work(
    jobs: tuple[str, ...],
    without: tuple[str, ...],
    lang: str | None,
    *,
    once: bool,
    list_only: bool,
    with_parent: bool,
    keep_going: bool,
) -> None:
    """后台工作：逾期、封存等定时事项 · Do in the background what falls due by itself.

    不指明则做全部。出错的一项写入日志，到下一轮再做，不影响其他各项；同时运行两个进程无害。
    All jobs unless some are named. A job that fails is logged and done again at its next turn.

    Example: python -m feeledger work --once
    """
    from feeledger.commands.jobs import JOBS
    from feeledger.commands.readying import PATIENCE_SECONDS, wait_for_database

    chosen = _chosen(jobs, without, {job.name: job for job in JOBS})
    if list_only:
        for job in chosen:
            click.echo(f"{job.name}\t{job.seconds} s\t{job.what.to(lang or spoken_language())}")
        return
    if keep_going:
        _keep_going([job.name for job in chosen], with_parent=with_parent)
        return
    desk = _desk()
    try:
        wait_for_database(desk.store, patience=0 if once else PATIENCE_SECONDS)
        if once:
            done = [_done(job, desk) for job in chosen]
            sys.exit(0 if all(done) else 1)
        _work_on(chosen, desk, with_parent=with_parent)
    finally:
        desk.store.close()


def _keep_going(names: Sequence[str], *, with_parent: bool) -> None:
    """Do the work in a child process, and start another whenever it dies."""
    from feeledger.commands.keeping import Pauses, keep_alive
    from feeledger.commands.log_lines import write_plain_log_lines

    write_plain_log_lines()
    flags = ["--with-parent"] if with_parent else []
    command = [sys.executable, "-m", "feeledger", "work", *names, *flags]
    keep_alive(command, Pauses(), ended=_endings(with_parent=with_parent))


def _chosen(jobs: Sequence[str], without: Sequence[str], known: Mapping[str, "Job"]) -> list["Job"]:
    """Give the jobs asked for, in the order of the table. Raises UsageError for an unknown one."""
    for name in (*jobs, *without):
        if name not in known:
            names = " ".join(known)
            raise click.UsageError(f"没有工作 {name}，可用：{names} · no job {name}, only: {names}")
    asked = set(jobs or known) - set(without)
    if not asked:
        raise click.UsageError("没有剩下任何工作 · no job is left to do")
    return [job for name, job in known.items() if name in asked]


def _desk() -> "Desk":
    from feeledger.clock import Clock
    from feeledger.commands.job_desk import Desk
    from feeledger.commands.log_lines import write_plain_log_lines
    from feeledger.settings import Settings
    from feeledger.store import Store

    write_plain_log_lines()
    settings = Settings.from_environ(os.environ)
    return Desk(Store(settings.database_url, pool_size=2), Clock(settings.demo_today), settings)


def _done(job: "Job", desk: "Desk") -> bool:
    """Do a job once; whatever goes wrong is logged, and says False."""
    from sqlalchemy.exc import OperationalError

    from feeledger.commands.database_words import words_of_database
    from feeledger.commands.job_desk import JobFailed, log

    began = time.monotonic()
    try:
        count = job.work(desk)
    except JobFailed as failed:
        log.error("job-failed", job=job.name, regions=str(failed))
        return False
    except OperationalError as error:
        told = words_of_database(error)
        log.error("job-failed", job=job.name, reason=told.en if told else str(error))
        return False
    except Exception:  # noqa: BLE001 - logged with its traceback; the next turn tries again
        log.exception("job-failed", job=job.name)
        return False
    if count:
        spent = int((time.monotonic() - began) * 1000)
        log.info("job-done", job=job.name, count=count, milliseconds=spent)
    return True


def _work_on(jobs: Sequence["Job"], desk: "Desk", *, with_parent: bool) -> None:
    """Do each job when it falls due, until told to end."""
    ended = _endings(with_parent=with_parent)
    due = {job.name: 0.0 for job in jobs}
    click.echo("后台工作已开始 · working", err=True)
    while True:
        for job in sorted(jobs, key=lambda job: due[job.name]):
            if due[job.name] > time.monotonic():
                break
            if ended(0):
                return
            _done(job, desk)
            due[job.name] = time.monotonic() + job.seconds
        if ended(max(0.0, min(due.values()) - time.monotonic())):
            return


def _endings(*, with_parent: bool) -> Callable[[float], bool]:
    """Give what waits some seconds and says whether the end was called for meanwhile."""
    told, tell = os.pipe()

    def call_end(_number: int, _frame: FrameType | None) -> None:
        os.write(tell, b".")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, call_end)
    watched = [told, sys.stdin.fileno()] if with_parent else [told]
    return lambda seconds: bool(select.select(watched, [], [], seconds)[0])
