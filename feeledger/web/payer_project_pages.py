"""A project as its payer sees it: every notice in every region, its state, what is still open."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.projects.project import ProjectMissing
from feeledger.projects.queries import project_read, project_row
from feeledger.web.language import link, page_language
from feeledger.web.payer_session import payer_here
from feeledger.web.present import today
from feeledger.web.project_views import project_shown

payer_project_pages = Blueprint("payer_project", __name__)


@payer_project_pages.get("/lookup/projects/<region>/<record:project>")
def show_project(region: str, project: int) -> str | Response:
    """Show the enterprise one of its own projects; another's looks like none."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        row = project_row(session, region, project)
        if row.uscc != uscc:
            raise ProjectMissing(
                Text(
                    f"{region[:12]} 没有编号为 {project} 的项目，请从清单中打开。",
                    f"{region[:12]} has no project {project}; open it from the list.",
                )
            )
        read = project_read(session, row)
    shown = project_shown(kit().store, read, today(), page_language())
    return render_template("lookup/project.html", project=shown)
