"""Error pages: a business error with its title, detail and remedy; ours with a request id only."""

from typing import Final

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from feeledger.errors import FeeLedgerError, Text
from feeledger.problems import status_of
from feeledger.web.language import say

log = structlog.get_logger()

WORDS: Final = {
    400: (
        Text("请求不完整", "The request is not complete"),
        Text(
            "浏览器发来的内容缺少必要部分。请返回上一页，重新填写后再提交。",
            "Something is missing from what the browser sent. Go back, fill the form in again and send it.",
        ),
    ),
    401: (
        Text("请先登录", "Please sign in"),
        Text("此页供工作人员使用。", "This page is for officers."),
    ),
    403: (
        Text("无权查看", "You may not see this"),
        Text(
            "此页不对当前身份开放。如需办理，请与财政部门联系。",
            "This page is not open to you. Ask the finance bureau if you need it.",
        ),
    ),
    404: (
        Text("没有这一页", "There is no such page"),
        Text(
            "地址可能写错，或内容已移走。可从首页或搜索重新查找。",
            "The address may be mistyped, or the page has moved. Start from the home page or search.",
        ),
    ),
    405: (
        Text("不能这样打开此页", "This page cannot be opened like that"),
        Text(
            "此页须由表单提交进入。请从相应的填写页开始。",
            "This page is reached by sending a form. Start from the form's own page.",
        ),
    ),
    413: (
        Text("提交的内容过大", "What was sent is too large"),
        Text(
            "附件合计超过上限。请压缩或减少附件后再提交。",
            "The files together are over the limit. Make them smaller or send fewer.",
        ),
    ),
    429: (
        Text("尝试次数过多", "Too many tries"),
        Text(
            "为保护企业信息，已暂时停止查询。请稍后再试。",
            "To protect enterprises the look-up is closed for a while. Try again later.",
        ),
    ),
    500: (
        Text("系统出了问题", "Something went wrong on our side"),
        Text(
            "您提交的内容是否已经办成不能确定：再次提交之前请先查看。联系我们时请告知下面的请求编号。",
            "Whether what you sent was carried out is not certain: look before you send it again. Quote the "
            "request number below when you call.",
        ),
    ),
}
TOKEN_LOST: Final = Text(
    "表单已过期或浏览器未保存 Cookie，内容没有提交。请返回上一页刷新后再提交。",
    "The form is out of date or the browser keeps no cookies; nothing was sent. "
    "Go back, reload the page and send it again.",
)


def register_error_pages(app: Flask) -> None:
    """Answer errors of the people's door with pages; the API has handlers of its own."""
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(FeeLedgerError, show_business_error)
    app.register_error_handler(Exception, show_own_error)


def show_business_error(error: FeeLedgerError) -> Response:
    """Show a caller's mistake with its title and detail."""
    return error_page(status_of(error), error.title, error.detail)


def show_http_error(error: HTTPException) -> Response:
    """Show what the web framework refused."""
    if error.response is not None or (error.code or 500) < 400:  # noqa: PLR2004 - redirects pass
        return make_response(error.get_response())
    status = error.code or 500
    title, detail = WORDS.get(status, WORDS[400] if status < 500 else WORDS[500])  # noqa: PLR2004
    if isinstance(error, CSRFError):
        detail = TOKEN_LOST
    answer = error_page(status, title, detail)
    for name, value in error.get_headers(request.environ):
        if name == "Allow":
            answer.headers[name] = value
    return answer


def show_own_error(error: Exception) -> Response:
    """Log our own mistake once and say nothing of it but the request id."""
    log.error("page failed", exc_info=error)
    return error_page(500, *WORDS[500])


def error_page(status: int, title: Text, detail: Text) -> Response:
    """Make the page of an error."""
    page = render_template(
        "error.html",
        status=status,
        title=say(title),
        detail=say(detail),
        request_number=g.get("request_id", ""),
    )
    return make_response(page, status)
