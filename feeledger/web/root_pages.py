"""The roots of the ledger, for everybody: signed days, the blocks of a day, the public keys.

Nothing here tells of a payment or a payer: hashes, counts, days and keys only. docs/proof.md says
how they hold together.
"""

from datetime import date

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.ledger.queries import regions_with_books
from feeledger.ledger.seal_key_actions import SealKeyUnknown
from feeledger.ledger.seal_keys import pem_of_public_key
from feeledger.ledger.seal_queries import (
    SealedDayUnknown,
    count_signed_days,
    days_not_signed,
    head_of_day,
    seal_blocks,
    seal_chain,
    seal_key_of,
    seal_keys,
    sealed_day,
    signed_days,
)
from feeledger.ledger.seal_tables import SealDayRow
from feeledger.signatures import canonical_bytes
from feeledger.web.forms import Form
from feeledger.web.language import say
from feeledger.web.paging import Asked, Page, asked_page
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region

root_pages = Blueprint("roots", __name__)

NO_BOOK = Text("该地区在本系统没有账簿。", "That region has no ledger here.")


@root_pages.get("/ledger/roots")
def show_roots() -> str:
    """Show the signed days of a region, what is sealed since, and the public keys."""
    form = Form(request.args)
    with kit().store.read() as session:
        regions = regions_with_books(session)
        region = form.value("region") or (regions[0] if len(regions) == 1 else "")
        if region and region not in regions:
            form.refuse("region", NO_BOOK)
            region = ""
        total = count_signed_days(session, region) if region else 0
        asked = asked_page(request.args).within(total)
        return render_template(
            "roots/list.html",
            form=form,
            regions=[(code, say(name_of_region(code, today()))) for code in regions],
            region=region,
            region_name=name_of_region(region, today()),
            chain=seal_chain(session, region) if region else None,
            unsigned=days_not_signed(session, region) if region else (),
            page=Page(_days(session, region, asked), asked.number, asked.size, total),
            keys=seal_keys(session),
        )


@root_pages.get("/ledger/roots/<region>/<day>")
def show_day(region: str, day: str) -> str:
    """Show a ledger day as it was signed, or not yet, and its blocks. Raises SealedDayUnknown."""
    on = _day_of(region, day)
    with kit().store.read() as session:
        signed, total = sealed_day(session, region, on)
        asked = asked_page(request.args).within(total)
        blocks = seal_blocks(session, region, day=on, limit=asked.size, offset=asked.offset)
        content = canonical_bytes(head_of_day(signed).document()).decode() if signed else ""
        return render_template(
            "roots/day.html",
            region=region,
            region_name=name_of_region(region, on),
            day=on,
            signed=signed,
            content=content,
            page=Page(blocks, asked.number, asked.size, total),
        )


@root_pages.get("/ledger/keys/<fingerprint>.pem")
def give_key(fingerprint: str) -> Response:
    """Give a public key as PEM. Raises SealKeyUnknown."""
    with kit().store.read() as session:
        key = seal_key_of(session, fingerprint)
        if key is None:
            raise SealKeyUnknown(
                Text("没有以此为指纹的公钥。", "No public key has this fingerprint.")
            )
        answer = make_response(pem_of_public_key(key.public))
    answer.headers["Content-Type"] = "application/x-pem-file"
    answer.headers["Content-Disposition"] = f'attachment; filename="{fingerprint[:16]}.pem"'
    return answer


def _days(session: Session, region: str, asked: Asked) -> tuple[SealDayRow, ...]:
    if not region:
        return ()
    return signed_days(session, region, limit=asked.size, offset=asked.offset)


def _day_of(region: str, day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as fault:
        raise SealedDayUnknown(
            Text(f"{region[:12]}：地址中的日期不成立。", f"{region[:12]}: no day of that name.")
        ) from fault
