"""The people's door: pages for enterprises and the bureau's console.

Every page stands twice, in Chinese under ``/`` and in English under ``/en/``.
"""

from flask import Blueprint, Flask

from feeledger.web.account_pages import account_pages
from feeledger.web.as_known_pages import as_known_pages
from feeledger.web.burden_pages import burden_pages
from feeledger.web.catalog_pages import catalog_pages
from feeledger.web.console import console_pages
from feeledger.web.console_ageing import ageing_pages
from feeledger.web.console_amend import amend_pages
from feeledger.web.console_burden import console_burden_pages
from feeledger.web.console_case_acts import case_act_pages
from feeledger.web.console_cases import case_pages
from feeledger.web.console_claim_acts import claim_act_pages
from feeledger.web.console_claims import claim_pages
from feeledger.web.console_differences import difference_pages
from feeledger.web.console_disputes import dispute_pages
from feeledger.web.console_door import RecordNumber
from feeledger.web.console_editions import edition_pages
from feeledger.web.console_enterprises import enterprise_pages
from feeledger.web.console_intake import intake_pages
from feeledger.web.console_issue import issue_pages
from feeledger.web.console_ledger import ledger_pages
from feeledger.web.console_month import month_pages
from feeledger.web.console_notices import console_notice_pages
from feeledger.web.console_payments import payment_pages
from feeledger.web.console_project_new import project_new_pages
from feeledger.web.console_projects import project_pages
from feeledger.web.console_quota import quota_pages
from feeledger.web.console_quota_work import quota_work_pages
from feeledger.web.console_quotas import quota_list_pages
from feeledger.web.console_reassessments import reassessment_pages
from feeledger.web.console_receipt_acts import receipt_act_pages
from feeledger.web.console_reconciliation import reconciliation_pages
from feeledger.web.console_refund_acts import refund_act_pages
from feeledger.web.console_refunds import refund_pages
from feeledger.web.console_register import register_pages
from feeledger.web.console_register_file import register_file_pages
from feeledger.web.console_reliefs import relief_pages
from feeledger.web.console_settlements import settlement_pages
from feeledger.web.console_shares import share_pages
from feeledger.web.console_standing import standing_pages
from feeledger.web.console_subscriptions import subscription_pages
from feeledger.web.console_trail import trail_pages
from feeledger.web.console_unmatched import unmatched_pages
from feeledger.web.console_vouchers import voucher_desk_pages
from feeledger.web.console_whatif import whatif_pages
from feeledger.web.declare_pages import declare_pages
from feeledger.web.home_pages import home_pages
from feeledger.web.language import ENGLISH_PREFIX
from feeledger.web.lawful_pages import lawful_pages
from feeledger.web.layout import assets, display_pages, prepare_pages
from feeledger.web.lookup_pages import lookup_pages
from feeledger.web.notice_pages import notice_pages
from feeledger.web.owe_pages import owe_pages
from feeledger.web.payer_project_pages import payer_project_pages
from feeledger.web.payer_receipt_pages import payer_receipt_pages
from feeledger.web.payer_refund_pages import payer_refund_pages
from feeledger.web.payer_voucher_pages import payer_voucher_pages
from feeledger.web.proof_pages import proof_pages
from feeledger.web.published_pages import published_pages
from feeledger.web.receipt_pages import receipt_pages
from feeledger.web.refusals import register_error_pages
from feeledger.web.report_pages import report_pages
from feeledger.web.root_pages import root_pages
from feeledger.web.sign_in import sign_in_pages
from feeledger.web.voucher_pages import voucher_pages
from feeledger.web.yearly_pages import yearly_pages

PAGES = (
    home_pages,
    catalog_pages,
    owe_pages,
    lawful_pages,
    lookup_pages,
    yearly_pages,
    payer_project_pages,
    as_known_pages,
    declare_pages,
    notice_pages,
    payer_receipt_pages,
    payer_refund_pages,
    payer_voucher_pages,
    report_pages,
    receipt_pages,
    voucher_pages,
    account_pages,
    burden_pages,
    root_pages,
    published_pages,
    proof_pages,
    display_pages,
    sign_in_pages,
    console_pages,
    enterprise_pages,
    register_pages,
    register_file_pages,
    amend_pages,
    standing_pages,
    whatif_pages,
    console_burden_pages,
    intake_pages,
    dispute_pages,
    console_notice_pages,
    issue_pages,
    relief_pages,
    project_new_pages,
    project_pages,
    quota_list_pages,
    quota_work_pages,
    quota_pages,
    payment_pages,
    unmatched_pages,
    ageing_pages,
    receipt_act_pages,
    claim_pages,
    claim_act_pages,
    refund_pages,
    refund_act_pages,
    settlement_pages,
    month_pages,
    share_pages,
    voucher_desk_pages,
    ledger_pages,
    reconciliation_pages,
    difference_pages,
    case_pages,
    case_act_pages,
    edition_pages,
    reassessment_pages,
    trail_pages,
    subscription_pages,
)


def register(app: Flask) -> None:
    """Hang the pages into the application, in both languages."""
    prepare_pages(app)
    app.url_map.converters["record"] = RecordNumber
    register_error_pages(app)
    app.register_blueprint(assets)
    site = Blueprint("site", __name__, template_folder="templates")
    for pages in PAGES:
        site.register_blueprint(pages)
    app.register_blueprint(site, name="zh")
    app.register_blueprint(site, name="en", url_prefix=ENGLISH_PREFIX)
