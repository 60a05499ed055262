"""Pages of 20, 50 or 100, with the number of all entries."""

import pytest
from werkzeug.datastructures import MultiDict

from feeledger.web.paging import Page, asked_page, page_of


def test_a_page_knows_its_place_in_the_whole():
    page = page_of(range(82), asked_page(MultiDict({"page": "5"})))

    assert (page.first_entry, page.last_entry, page.total, page.last) == (81, 82, 82, 5)


def test_beyond_the_end_the_last_page_is_given():
    page = page_of(range(21), asked_page(MultiDict({"page": "99"})))

    assert (page.number, list(page.entries)) == (2, [20])


def test_an_empty_list_has_one_empty_page():
    page = page_of([], asked_page(MultiDict()))

    assert (page.number, page.last, page.first_entry, page.last_entry) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("args", "size"), [({}, 20), ({"size": "50"}, 50), ({"size": "7"}, 20), ({"size": "x"}, 20)]
)
def test_only_the_sizes_offered_are_taken(args, size):
    assert asked_page(MultiDict(args)).size == size


@pytest.mark.parametrize("number", ["0", "-3", "x", ""])
def test_an_unsound_page_number_becomes_the_first(number):
    assert asked_page(MultiDict({"page": number})).number == 1


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (1, (1, 2, 3, None, 50)),
        (3, (1, 2, 3, 4, 5, None, 50)),
        (25, (1, None, 23, 24, 25, 26, 27, None, 50)),
        (47, (1, None, 45, 46, 47, 48, 49, 50)),
        (5, (1, 2, 3, 4, 5, 6, 7, None, 50)),
    ],
)
def test_numbers_show_both_ends_the_neighbours_and_gaps(number, shown):
    assert Page([0] * 20, number, 20, 1000).numbers == shown
