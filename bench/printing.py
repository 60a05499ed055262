"""Notice PDFs a second on one core (aim: 50 or more), beside the same pages with no figures."""

import time
from statistics import median

from bench.place import build
from bench.servers import production_server
from feeledger.notices.printing import notice_pdf, notices_pdf
from feeledger.notices.sheet_queries import sheet_of_notice
from feeledger.store import Store

ROUNDS = 3
ONE_BY_ONE = 40
BATCH = 200


def run():
    with production_server() as server, server.database() as database:
        store = Store(database.service_url)
        _, _, notice = build(store, 1)
        with store.read() as session:
            sheet = sheet_of_notice(session, notice.region, notice.id, demo=True)
        store.close()
    notice_pdf(sheet)
    singles, batches = [], []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(ONE_BY_ONE):
            notice_pdf(sheet)
        singles.append(ONE_BY_ONE / (time.process_time() - began))
        began = time.process_time()
        notices_pdf([sheet] * BATCH)
        batches.append(BATCH / (time.process_time() - began))
    a, b = median(singles), median(batches)
    return [
        ("notice PDFs one by one, a core", f"{a:.0f} /s", "aim", "50 /s", a / 50),
        ("notice PDFs in one batch of 200, a core", f"{b:.0f} /s", "aim", "50 /s", b / 50),
    ]
