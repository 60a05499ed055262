"""The first page with its doors, and the pages about the site itself."""

from flask import Blueprint, render_template

from feeledger.web.catalog_views import standing_of
from feeledger.web.present import catalog_in_use, today

home_pages = Blueprint("home", __name__)


@home_pages.get("/")
def show_home() -> str:
    """Show what this is for, and the doors."""
    catalog, day = catalog_in_use(), today()
    standings = [standing_of(item, day).code for item in catalog.items.values()]
    return render_template(
        "home.html",
        edition=catalog.edition,
        day=day,
        items=len(standings),
        in_force=standings.count("in_force"),
        ended=standings.count("ended"),
        documents=len(catalog.documents),
    )


@home_pages.get("/about")
def show_about() -> str:
    """Say what the system does, what it does not, and who runs it."""
    return render_template("about.html", edition=catalog_in_use().edition)


@home_pages.get("/accessibility")
def show_accessibility() -> str:
    """Say how the pages can be used, and what is known not to work."""
    return render_template("accessibility.html")


@home_pages.get("/privacy")
def show_privacy() -> str:
    """Say what is kept of what people enter, and what is not."""
    return render_template("privacy.html")
