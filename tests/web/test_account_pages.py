"""The designated account, with where and when it was announced; or that nothing was."""


def test_the_only_open_region_is_shown_at_once_with_its_announcement(client):
    text = client.get("/account").text

    assert "0000-1111-2222-3333" in text
    assert "演示公告〔2026〕1号" in text
    assert "演示报" in text
    assert "2013年1月1日" in text
    assert "演示银行 bank-a" in text


def test_a_region_without_an_announcement_says_so(client):
    text = client.get("/en/account?region=130183").text

    assert "No announced account is on record" in text
    assert "do not pay into any account" in text


def test_before_the_announcement_there_is_none(client):
    assert "没有公布统一账户的记录" in client.get("/account?region=130184&on=2012-12-31").text


def test_an_unknown_region_shows_no_account(client):
    assert "0000-1111-2222-3333" not in client.get("/account?region=999999").text
