"""What a change would cost whom: the whole command over a county and over a province, from columns.

``BENCH_WHATIF_ENTERPRISES`` says how many the province has (200,000; the aim is told for 2,000,000,
and in proportion). Made-up enterprises as in ``province_large``; their columns of facts are written
first, as the background work does. The yardstick reads the same files with pyarrow and adds one
item up; both must come to the same fen.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine, text

from bench.province import ON
from bench.province_large import CHUNK, PROVINCE, Made, code_of
from bench.servers import production_server
from feeledger.assessment.column_facts import Chunk
from feeledger.assessment.fact_export_batches import write_facts
from feeledger.assessment.file_results import FactsAbout
from feeledger.assessment.snapshot_batches import snapshot_path
from feeledger.catalog.plan import plan_of
from feeledger.regions.queries import regions_within
from feeledger.store import Store
from tests.builders import REGION, SOIL_ITEM, a_region, an_edition, the_catalog
from tests.catalog.test_overlays import CHEAPER

ENTERPRISES = int(os.environ.get("BENCH_WHATIF_ENTERPRISES", "200000"))
COUNTY, ROUNDS = 10_000, 3
AIM_COUNTY, AIM_PROVINCE, AIM_PEAK = 2.0, 60.0 * ENTERPRISES / 2_000_000, 1000
ENTERED = datetime(2026, 11, 23, tzinfo=UTC)
OVERLAY = f"{CHEAPER}remove_items: [vehicle-plate, vehicle-certificate, medical-waste]\n"
REGISTERED = """
INSERT INTO enterprise (uscc, name, status, home_region, size_class, entered_at, entered_by)
SELECT '91' || :region || lpad(n::text, 10, '0'), '企业' || n, 'active', :region,
       (ARRAY['large', 'medium', 'small', 'micro'])[n % 4 + 1], :entered, 'bench'
FROM generate_series(0, :last) n
"""
PROGRAM = """
import resource, runpy, sys
module, sys.argv = sys.argv[1], sys.argv[1:]
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
finally:
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, int(peak.split()[1]) // 1024, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process printed, its seconds, its CPU seconds and its peak of memory (MB)."""

    printed: str
    seconds: float
    cpu: float
    peak: int


def run():
    with (
        TemporaryDirectory() as folder,
        production_server() as server,
        server.database() as database,
    ):
        data = Path(folder)
        sizes = _built(database, data)
        county = min((_told(database, data, REGION) for _ in range(ROUNDS)), key=_seconds)
        read = min((_read(data / "facts" / REGION) for _ in range(ROUNDS)), key=_seconds)
        province = _told(database, data, PROVINCE, "--whole")
        whole = _read(data / "facts")
    for ours, theirs in ((county, read), (province, whole)):
        _check_equal(ours, theirs)
    enterprises = f"{sum(sizes.values()):,} enterprises of {len(sizes)} regions"
    peak = max(county.peak, province.peak)
    return [
        _row(f"what-if: a county, {sizes[REGION]:,} enterprises", county, "aim", AIM_COUNTY),
        _row("what-if: the same county", county, "its file read and one item added up", read),
        _row(f"what-if: province, {enterprises}", province, "aim", AIM_PROVINCE),
        _row("what-if: the same province", province, "its files read and one item added up", whole),
        ("what-if: peak memory", f"{peak} MB", "aim", f"{AIM_PEAK} MB", peak / AIM_PEAK),
    ]


def _row(what, ours, name, theirs):
    """Tell what the whole command took, as it is run, beside an aim or another process."""
    seconds = theirs if isinstance(theirs, float) else theirs.seconds
    told = f"{ours.seconds:.1f} s (CPU {ours.cpu:.1f})"
    return (f"{what}, whole command", told, name, f"{seconds:.1f} s", ours.seconds / seconds)


def _built(database, data):
    """Make the province: the edition, the register, a snapshot of every region."""
    store, plan = Store(database.service_url), plan_of(the_catalog())
    with store.write() as session:
        an_edition(session)
        a_region(session)
        made = Made(plan, regions_within(session, PROVINCE), ENTERPRISES)
    made.sizes[REGION] = max(COUNTY, made.sizes[REGION])
    store.close()
    for region in made.sizes:
        _write(plan, made, region, data)
    _register(database.owner_url, made.sizes)
    return made.sizes


def _write(plan, made, region, data):
    path, known_at = snapshot_path(data, region, ON), ENTERED.isoformat()
    sha256 = plan.catalog.edition.sha256
    write_facts(plan, FactsAbout(region, ON, sha256, known_at), _chunks(made, region), path)
    mark = {"edition_sha256": sha256, "known_at": known_at, "acts": 0}
    path.with_suffix(".json").write_text(json.dumps(mark), encoding="utf-8")


def _chunks(made, region):
    for start in range(0, made.sizes[region], CHUNK):
        rows = min(CHUNK, made.sizes[region] - start)
        codes = [code_of(region, number) for number in range(start, start + rows)]
        yield Chunk(codes, made.facts(region, start, rows))


def _register(url, sizes):
    engine = create_engine(url)
    with engine.begin() as connection:
        for region, size in sizes.items():
            told = {"region": region, "last": size - 1, "entered": ENTERED}
            connection.execute(text(REGISTERED), told)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _told(database, data, region, *more):
    """Run the command over a region, as an officer does."""
    overlay = data / "cheaper.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    environment = {
        "FEELEDGER_MODE": "demo",
        "FEELEDGER_DATABASE_URL": database.service_url,
        "FEELEDGER_DATA": str(data),
        "FEELEDGER_DEMO_TODAY": ON.isoformat(),
    }
    asked = [
        "whatif",
        "--with",
        str(overlay),
        "--region",
        region,
        "--on",
        ON.isoformat(),
        "--json",
        *more,
    ]
    return _cost("feeledger", *asked, environment=environment)


def _read(folder):
    return _cost("bench.yardstick_parquet", str(folder), environment={})


def _cost(*arguments, environment):
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stdout[-1000:]} {done.stderr[-2000:]}")
    cpu, peak = done.stderr.split()[-2:]
    return Cost(done.stdout, seconds, float(cpu), int(peak))


def _check_equal(ours, theirs):
    items = json.loads(ours.printed)["items"]
    soil = next(each for each in items if each["name"] == SOIL_ITEM)
    fen = [int(soil[side].replace(".", "")) for side in ("before", "after")]
    if fen != [int(each) for each in theirs.printed.split()]:
        raise SystemExit(f"{SOIL_ITEM}: {fen} is not {theirs.printed}")


def _seconds(cost):
    return cost.seconds


if __name__ == "__main__":
    for row in run():
        print(*row, sep=" | ")
