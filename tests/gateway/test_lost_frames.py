"""What a bank's frame is answered when the line to the database breaks around a commit (PostgreSQL)."""

import pytest

from feeledger.gateway import clear_frames
from feeledger.store import Store
from tests.gateway.conftest import fill_world, listening, open_world
from tests.gateway.peers import a_confirmation
from tests.gateway.test_together import more_notices
from tests.relay import relaying

pytestmark = pytest.mark.postgresql
CROSSING = b"\x00" + clear_frames.TAKE_TOGETHER.name + b"\x00"


def test_r_b3_a_payment_whose_answer_was_lost_is_told_once_and_never_refused(pg_database):
    with relaying(pg_database.service_url) as line:
        store = Store(line.url)
        world = open_world(store, fill_world(store))
        warm, first, second = more_notices(world, 3)
        with listening(store) as world.port:
            assert world.ask(a_confirmation(warm, "W")).result == "00000"
            line.lose_answer_to(CROSSING)
            told = world.ask(a_confirmation(first, "T1"))
            line.lose_answer_to(CROSSING, then_closed=True)
            unknown = world.ask(a_confirmation(second, "T2"))
            line.is_closed = False
            again = world.ask(a_confirmation(second, "T2"))
        assert line.broken == 2
        # 99999 is "outcome unknown, send it again" (docs/gateway.md).
        assert [one.result for one in (told, unknown, again)] == ["00000", "99999", "00000"]
        paid = {row.trade_no: row.id for row in world.payments()}
        assert sorted(paid) == ["T1", "T2", "W"]
        for one, serial in ((told, "T1"), (again, "T2")):
            assert one.field("Information") == str(paid[serial])
        store.close()
