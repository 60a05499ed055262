"""What if, on the page: an overlay tried, its faults told, nothing kept; a department may not ask."""

import io
from dataclasses import replace

from tests.catalog.test_overlays import CHEAPER

PAGE = "/console/whatif"


def test_the_page_tries_a_change_and_tells_every_fault_of_another(desk, tmp_path):
    """The desk's enterprise has 100 m²: 140.00 now, 120.00 then, 20.00 less."""
    desk.settings = replace(desk.settings, data=tmp_path)
    desk.live_on(desk.settings.demo_today or desk.site.extensions["feeledger"].clock.today())
    clerk = desk.as_("clerk")
    assert PAGE in clerk.text("/console/enterprises")

    shown = clerk.send(PAGE, {"overlay": CHEAPER}).text
    for said in ("试改", "−20.00", "140.00", "120.00", "水利部门", "演示商行"):
        assert said in shown
    english = clerk.send(f"/en{PAGE}", {"overlay": CHEAPER}).text
    assert "Those that pay most less" in english
    by_file = {"file": (io.BytesIO(CHEAPER.encode()), "cheaper.yaml")}
    assert "−20.00" in clerk.send(PAGE, by_file).text

    wrong = clerk.send(PAGE, {"overlay": CHEAPER.replace('"1.20"', "1.20") + "surprise: 1\n"})
    assert wrong.status_code == 422
    assert "overlay.yaml:18" in wrong.text
    assert "改动有 2 处错误" in wrong.text
    assert "surprise: 1" in wrong.text  # what was written is kept
    assert clerk.send(PAGE, {"overlay": "[" * 100_000}).status_code == 422
    assert clerk.send(PAGE, {}).status_code == 422
    assert desk.as_("water").get(PAGE).status_code == 403
