"""A database that is lent again holds nothing of the test before, and its walls stand."""

import pytest
from sqlalchemy import create_engine, inspect, text

from feeledger.store import Store
from tests.builders import a_payment, a_ready_notice


def rows_in(store):
    with store.read() as session:
        tables = set(inspect(session.connection()).get_table_names()) - {"alembic_version"}
        counts = {name: session.scalar(text(f"SELECT count(*) FROM {name}")) for name in tables}
    return {name: count for name, count in counts.items() if count}


@pytest.mark.postgresql
def test_a_database_is_lent_again_without_rows_and_never_after_its_owner_came(pg_server):
    with pg_server.database(unused=True) as first:
        store = Store(first.service_url)
        with store.write() as session:
            a_payment(session, a_ready_notice(session))
        assert {"payment", "ledger_posting", "trail_act"} <= rows_in(store).keys()
        # The connection stays open: whoever still writes is sent away.

    with pg_server.database() as second:
        assert second.service_url == first.service_url
        again = Store(second.service_url)
        assert rows_in(again) == {}
        with again.write() as session:
            a_payment(session, a_ready_notice(session))
        again.close()
        engine = create_engine(second.owner_url)
        with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
            connection.execute(text("DELETE FROM ledger_posting"))
        engine.dispose()
    store.close()

    with pg_server.database() as third:
        assert third.service_url != second.service_url
