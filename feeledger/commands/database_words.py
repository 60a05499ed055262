"""What to say where the database refuses: the driver's line, and the remedy that fits it."""

from collections.abc import Iterable

from feeledger.errors import Text

SCHEMA = Text("先运行 feeledger db upgrade", "run feeledger db upgrade first")
RIGHTS = Text(
    "以所有者（FEELEDGER_OWNER_URL）先运行 feeledger db upgrade，它建表，并给 FEELEDGER_DATABASE_URL "
    "的角色授权",
    "run feeledger db upgrade first, as the owner (FEELEDGER_OWNER_URL): it makes the tables and "
    "gives the role of FEELEDGER_DATABASE_URL its rights",
)
FULL = Text("腾出磁盘空间后再来", "make room on the disk, then try again")
CONNECTIONS = Text(
    "连接已用尽：减少进程，或调大 max_connections（「连接数」见运行维护）",
    "no connection is left: run fewer processes or raise max_connections (operations, Connections)",
)
BUSY = Text("数据库忙或正在起停，稍后再试", "it is busy, starting or stopping; try again shortly")
ADDRESS = Text(
    "核对 FEELEDGER_DATABASE_URL（db 命令用 FEELEDGER_OWNER_URL）的地址、库名、角色和口令，以及数据库是否在运行",
    "check address, database, role and password in FEELEDGER_DATABASE_URL (db commands: "
    "FEELEDGER_OWNER_URL), and that the server runs",
)
# How SQLSTATE begins, or words of a message without one: SQLite's, and PostgreSQL's before it lets
# us in. The first that fits is told.
REMEDIES: tuple[tuple[tuple[str, ...], Text], ...] = (
    (("42P01", "42703", "no such table", "no such column"), SCHEMA),
    (("42501",), RIGHTS),
    (("53100", "database or disk is full", "disk I/O error"), FULL),
    (("53300", "too many clients already", "connection slots are reserved"), CONNECTIONS),
    (("55P03", "57014", "57P0", "40", "database is locked", "the database system is"), BUSY),
)
# What the drivers call faults that are the database's and not ours.
OF_THE_DATABASE = frozenset({"OperationalError", "ArgumentError"})


def words_of_database(error: Exception) -> Text | None:
    """Say what the database refused and what to do; None for a fault of ours."""
    cause = getattr(error, "orig", error)
    state = str(getattr(cause, "sqlstate", None) or "")
    line = str(cause).partition("\n")[0]
    remedy = _fitting(state, line)
    if remedy is None:
        if type(error).__name__ not in OF_THE_DATABASE:
            return None
        remedy = ADDRESS
    return Text(
        f"数据库不能使用（{line}）：{remedy.zh}",
        f"the database cannot be used ({line}): {remedy.en}",
    )


def _fitting(state: str, line: str) -> Text | None:
    def fits(marks: Iterable[str]) -> bool:
        if state:
            return any(state.startswith(mark) for mark in marks)
        return any(mark in line for mark in marks if " " in mark)

    return next((remedy for marks, remedy in REMEDIES if fits(marks)), None)
