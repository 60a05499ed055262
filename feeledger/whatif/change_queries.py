"""The edition that answers, held against the one an overlay was laid over."""

from sqlalchemy.orm import Session

from feeledger.catalog.overlays import Overlaid
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.errors import Conflict, Text
from feeledger.whatif.comparing import Change


class OverlayElsewhere(Conflict):
    """The overlay was laid over another edition than the one that answers here."""

    code = "overlay-elsewhere"
    title = Text("覆盖层不是写给现行版本的", "The overlay is not for the edition in use")


def change_from_edition(session: Session, laid: Overlaid) -> Change:
    """Compare the edition in use with the overlay. Raises EditionMissing, OverlayElsewhere."""
    used = edition_in_use(session)
    if used.edition.id != laid.catalog.edition.id:
        raise OverlayElsewhere(
            Text(
                f"现行版本是 {used.edition.id}，覆盖层写给 {laid.catalog.edition.id}；"
                "请把 FEELEDGER_CATALOG 指向现行版本的文件夹。",
                f"The edition in use is {used.edition.id}, the overlay is for "
                f"{laid.catalog.edition.id}; let FEELEDGER_CATALOG name the folder of the edition in "
                "use.",
            )
        )
    return Change(plan_of(used), plan_of(laid.catalog), laid.items)
