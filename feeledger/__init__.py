"""feeledger: every fee charged to an enterprise in one catalog, one amount, one account.

涉企收费一口收费：收费目录、应缴金额、统一账户、直接收取监督。
"""
