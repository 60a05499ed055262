"""The officers of the demonstration: shown on its sign-in page, refused everywhere else."""

from dataclasses import dataclass

from feeledger.people.roles import Role

DEMO_REGION = "130184"
DEMO_PROVINCE = "130000"


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    """One invented officer, with the password that the demonstration shows."""

    login: str
    name: str
    role: Role
    password: str
    unit_code: str | None = None
    region: str = DEMO_REGION


DEMO_OFFICERS = (
    DemoOfficer("clerk", "演示经办甲", Role.CLERK, "yanshi-jingban-2026"),
    DemoOfficer("reviewer", "演示复核乙", Role.REVIEWER, "yanshi-fuhe-2026"),
    DemoOfficer("second", "演示复核己", Role.REVIEWER, "yanshi-fuhe2-2026"),
    DemoOfficer("watch", "演示监督丙", Role.SUPERVISOR, "yanshi-jiandu-2026"),
    DemoOfficer("unit", "演示单位丁", Role.DEPARTMENT, "yanshi-danwei-2026", "203"),
    DemoOfficer("audit", "演示审计戊", Role.AUDITOR, "yanshi-shenji-2026"),
    # The province's: whoever hands an edition in, another reviews it.
    DemoOfficer("province", "演示省经办庚", Role.CLERK, "yanshi-sheng-2026", region=DEMO_PROVINCE),
    DemoOfficer(
        "province.review",
        "演示省复核辛",
        Role.REVIEWER,
        "yanshi-shengfuhe-2026",
        region=DEMO_PROVINCE,
    ),
    DemoOfficer(
        "province.second",
        "演示省复核壬",
        Role.REVIEWER,
        "yanshi-shengfuhe2-2026",
        region=DEMO_PROVINCE,
    ),
)
