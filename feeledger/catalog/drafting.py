"""The states of a draft of an edition, the moves between them, and who may make them.

    draft ─review→ reviewed ─publish→ published      draft ─return→ returned
    draft, reviewed ─withdraw→ withdrawn             draft ─publish→ published (a compilation alone)

What was returned or withdrawn is drafted anew. A publication is reviewed before it is published; a
compilation is no official text and may be taken in without.
"""

from collections.abc import Mapping
from typing import Final, Literal

from feeledger.errors import Conflict, Refused, Text

DraftState = Literal["draft", "reviewed", "returned", "withdrawn", "published"]
DraftMove = Literal["review", "return", "withdraw", "publish"]

DRAFT_MOVES: Final[Mapping[tuple[DraftState, DraftMove], DraftState]] = {
    ("draft", "review"): "reviewed",
    ("draft", "return"): "returned",
    ("draft", "withdraw"): "withdrawn",
    ("reviewed", "withdraw"): "withdrawn",
    ("draft", "publish"): "published",
    ("reviewed", "publish"): "published",
}
DRAFT_STATE_TEXTS: Final[Mapping[DraftState, Text]] = {
    "draft": Text("草稿，待复核", "draft, to be reviewed"),
    "reviewed": Text("已复核，待公布", "reviewed, to be published"),
    "returned": Text("已退回", "returned"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "published": Text("已公布", "published"),
}
MOVE_TEXTS: Final[Mapping[DraftMove, Text]] = {
    "review": Text("复核通过", "reviewed"),
    "return": Text("退回", "returned"),
    "withdraw": Text("撤回", "withdrawn"),
    "publish": Text("公布", "published"),
}
OPEN_DRAFTS: Final = ("draft", "reviewed")


class DraftNotMovable(Conflict):
    """The draft's state does not allow the step."""

    code = "draft-not-movable"
    title = Text("草稿当前状态不允许此操作", "The draft's state does not allow this")


def draft_state_after(state: str, move: DraftMove) -> DraftState:
    """Give the state after a move. Raises DraftNotMovable."""
    before: DraftState = state  # type: ignore[assignment]  # the database's CHECK holds the names
    after = DRAFT_MOVES.get((before, move))
    if after is None:
        label, word = DRAFT_STATE_TEXTS[before], MOVE_TEXTS[move]
        raise DraftNotMovable(
            Text(
                f"该草稿“{label.zh}”，不能{word.zh}；须改动的，另提交草稿。",
                f"The draft is {label.en}: it cannot be {word.en}. Hand in a new draft to change "
                f"anything.",
            ),
            state=state,
        )
    return after


class EditionElsewhere(Refused):
    """The catalog of a province is reviewed and published by that province's officers alone."""

    code = "edition-elsewhere"
    title = Text("须由本省办理", "The province's own officers do this")


def demand_province(region: str, province: str) -> None:
    """Let officers of the edition's own province pass. Raises EditionElsewhere."""
    if region != province:
        raise EditionElsewhere(
            Text(
                f"您所在区划为 {region}；目录由 {province} 的人员复核、公布。",
                f"You serve {region}; the catalog is reviewed and published by officers of "
                f"{province}.",
            ),
            province=province,
        )


def words_of_standing(edition: str, used: str) -> Text:
    """Say that an edition just published does not answer yet; nothing where it does."""
    if edition == used:
        return Text("", "")
    return Text(
        f"现行的仍是 {used}，其日期更晚；{edition} 只在指名时使用。",
        f" The edition in use is still {used}, which is dated later; {edition} is used only where "
        "it is named.",
    )
