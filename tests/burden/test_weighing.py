"""Medians, kinds and hidden cells: by hand, and as properties."""

from hypothesis import given
from hypothesis import strategies as st

from feeledger.burden.weighing import (
    CELL_LEAST,
    Burdened,
    Cell,
    cell_of,
    cells_of,
    hide_small,
    median_of,
    position_among,
    trade_of,
)


def test_a_median_is_whole_fen_and_of_an_even_number_the_mean_half_up():
    """1, 2, 4, 10: between 2 and 4; 1 and 2: 1.5, so 2 fen."""
    assert median_of([10, 1, 4, 2]) == 3
    assert median_of([2, 1]) == 2
    assert median_of([7]) == 7


def test_a_trade_is_the_first_two_digits_of_the_industry():
    """Entertainment is 89 in 2011 and 90 in 2017; retail is 52 in both."""
    assert [trade_of("R8911", "2011"), trade_of("R9011", "2017"), trade_of("F5211", "2011")] == [
        "90",
        "90",
        "52",
    ]
    assert [trade_of(code) for code in ("4812", "E4812", "48", "4", None, "")] == [
        "48",
        "48",
        "48",
        "unknown",
        "unknown",
        "unknown",
    ]


def test_a_group_compares_with_last_year_only_those_that_had_one():
    """100 + 300 + 500 = 900 now; 50 + 100 = 150 before, of the same two 400 now; median 300."""
    rows = [
        Burdened("A", "48", "small", 100, 50),
        Burdened("B", "48", "small", 300, 100),
        Burdened("C", "48", "small", 500),
    ]
    assert cell_of("48", rows) == Cell("48", 3, 900, 300, 150, 400, 2)


def test_an_enterprise_is_compared_with_five_others_at_least_and_never_with_itself():
    """Others 10, 20, 30, 40, 50: median 30; of four others nothing is told."""
    own = Burdened("X", "48", "small", 1000)
    others = [Burdened(f"O{fen}", "48", "small", fen) for fen in (10, 20, 30, 40, 50)]
    stranger = Burdened("S", "13", "small", 99999)

    found = position_among(own, [own, *others, stranger])
    assert (found.others, found.median.fen) == (5, 30)
    assert position_among(own, [own, *others[:4], stranger]).median is None


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_no_small_cell_is_shown_and_none_can_be_subtracted(sizes):
    rows = [
        Burdened(f"{number}-{each}", str(number), "small", 100)
        for number, size in enumerate(sizes)
        for each in range(size)
    ]
    cells = hide_small(cells_of(rows, lambda row: row.trade))

    shown = [cell for cell in cells if not cell.hidden]
    hidden = len(cells) - len(shown)
    assert all(cell.enterprises >= CELL_LEAST for cell in shown)
    assert hidden != 1 or not shown  # one hidden cell beside others could be subtracted
    # All that is hidden can be: whoever is one of two could tell what the other pays.
    left = len(rows) - sum(cell.enterprises for cell in shown)
    assert not hidden or not shown or left >= CELL_LEAST
    assert all((c.total, c.median, c.enterprises) == (0, 0, 0) for c in cells if c.hidden)


def test_cells_that_share_enterprises_are_hidden_until_one_of_them_is_large():
    """Of 3 and 9 hidden, 9 may be all there are; with 12 and 20 shown beside, 12 goes too."""
    sizes = {"a": 3, "b": 9, "c": 12, "d": 20}
    cells = [Cell(name, size, size * 100, 100, 0, 0, 0) for name, size in sizes.items()]

    assert [c.hidden for c in hide_small(cells, overlapping=True)] == [True, True, True, False]
    assert [c.hidden for c in hide_small(cells)] == [True, True, False, False]


def test_last_year_tells_nothing_of_a_few():
    """Of 12, one had a year before: the change would be its own. Of 12, 11 had: so of the twelfth."""
    for compared, told in ((1, 0), (9, 0), (11, 0), (12, 12)):
        rows = [
            Burdened(f"E{n}", "48", "small", 100 + n, 50 if n < compared else None)
            for n in range(12)
        ]
        (cell,) = hide_small([cell_of("48", rows)])
        assert cell.compared == told
        assert (cell.before, cell.beside) == ((600, 1266) if told else (0, 0))
