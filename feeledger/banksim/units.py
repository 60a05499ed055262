"""A unit's node in a box: registers notices by 8994 and voids them again, well and badly (R-B5).

Each is made from one bill, the fields of 8994 as the unit would send them, under a pay code of its
own; in the end it is void, so that nothing is left to be paid.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from feeledger.banksim.client import Sending
from feeledger.banksim.frames import FrameBank
from feeledger.banksim.scenario import Scenario
from feeledger.banksim.teller import UNKNOWN, Run, Teller
from feeledger.codes import make_pay_code
from feeledger.gateway.results import FAILURE

ACT: Final = "register"
SERIALS: Final = 10**11  # of eleven digits; ours grow from 1, these begin far above
SERIALS_FROM: Final = 5 * 10**10
SUMS_DIFFER: Final = "16005"
NOT_OF_NODE: Final = "18012"
VOID_FIELDS: Final = ("AdmDivCode", "PayCode", "ChgAgenCode")


def register_bills(run: Run, scenario: Scenario, bill: Mapping[str, str]) -> None:
    """Register and void ``scenario.count`` notices of one bill, by as many clients at once."""

    def one(number: int) -> None:
        _register(Teller(run, ACT, number, scenario.seed), bill)

    with ThreadPoolExecutor(scenario.clients) as clients:
        for done in [clients.submit(one, number) for number in range(scenario.count)]:
            done.result()


def _register(teller: Teller, bill: Mapping[str, str]) -> None:
    if not isinstance(bank := teller.run.bank, FrameBank):
        raise TypeError(bank)
    year = int(bill["BillDate"][2:4])
    serial = SERIALS_FROM + teller.rng.randrange(SERIALS - SERIALS_FROM)
    code = make_pay_code(bill["AdmDivCode"], year, serial)
    good = {**bill, "PayCode": code, "PayStats": "0"}
    void = {name: good[name] for name in VOID_FIELDS} | {"PayStats": "2"}

    def writing(fields: Mapping[str, str]) -> Callable[[], Sending]:
        return partial(bank.write_registration, fields)

    teller.told(writing(void), (UNKNOWN,), code)
    teller.told(writing({**good, "Amt": "0.01"}), (SUMS_DIFFER,), code)
    teller.told(writing({**good, "ChgAgenCode": "999999"}), (NOT_OF_NODE,), code)
    teller.damaged(
        lambda: bank.spoil(bank.write_registration(good), teller.rng), bank.damage_codes, code
    )
    teller.told_twice(writing(good), code)
    teller.told(writing({**good, "PayerName": f"{good['PayerName']}分"}), (FAILURE,), code)
    teller.told_twice(writing(void), code)
