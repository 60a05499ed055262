"""Officers sign in and out. Unknown, wrong and locked look alike; a session is begun anew each time.

The token in the cookie is made by the server at sign-in, so no session can be planted before it.
"""

from datetime import datetime
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, session
from werkzeug.wrappers import Response

from feeledger.callers.actions import SIGN_INS
from feeledger.doors import SESSION_COOKIE, count_call_here, kit, officer_here
from feeledger.people.actions import check_password, close_session, open_session, sign_in_refused
from feeledger.people.demonstration import DEMO_OFFICERS
from feeledger.people.roles import ROLE_NAMES
from feeledger.web.console_door import local_path
from feeledger.web.forms import Form
from feeledger.web.language import link, page_language

sign_in_pages = Blueprint("sign_in", __name__)

PASSWORD_LENGTH_MAX: Final = 200


@sign_in_pages.get("/sign-in")
def show_sign_in() -> str | Response:
    """Show the form; who is signed in already goes on."""
    way = local_path(request.args.get("next", ""))
    if officer_here() is not None:
        return redirect(way or link("console.show_console"), code=303)
    return _sign_in_page(Form(), way)


@sign_in_pages.post("/sign-in")
def sign_in() -> Response:
    """Let an officer in and lead back to the page that was asked for."""
    count_call_here(SIGN_INS)
    form = Form(request.form)
    way = local_path(form.value("next"))
    token = _token_of(form.value("login"), form.value("password"), now=kit().clock.wall())
    if token is None:
        form.refuse("login", sign_in_refused().detail)
        return make_response(_sign_in_page(form, way), 403)
    session.clear()
    answer = redirect(way or link("console.show_console"), code=303)
    _set_cookie(answer, token)
    return answer


@sign_in_pages.post("/sign-out")
def sign_out() -> Response:
    """End the session here and in the database."""
    token = request.cookies.get(SESSION_COOKIE, "")
    with kit().store.write() as writing:
        close_session(writing, token, now=kit().clock.wall())
    session.clear()
    answer = redirect(link("sign_in.show_sign_in"), code=303)
    _set_cookie(answer, "")
    return answer


def _token_of(login: str, password: str, *, now: datetime) -> str | None:
    """Judge login and password and begin a session; a failure is counted and kept."""
    with kit().store.write() as writing:
        officer = check_password(writing, login, password[:PASSWORD_LENGTH_MAX], now=now)
        if officer is None:
            return None
        return open_session(writing, officer, language=page_language(), now=now)


def _set_cookie(answer: Response, token: str) -> None:
    """Keep the token where no script reads it and no other site sends it; "" takes it away."""
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=None if token else 0,
        httponly=True,
        samesite="Lax",
        secure=kit().settings.mode == "production",
    )


def _sign_in_page(form: Form, way: str) -> str:
    demo = kit().settings.mode == "demo"
    return render_template(
        "console/sign_in.html",
        form=form,
        way=way,
        people=[(one, ROLE_NAMES[one.role]) for one in DEMO_OFFICERS] if demo else [],
    )
