"""``feeledger bank-sim``: a bank in a box that plays against the signed API and judges its answers."""

import base64
import binascii
import ipaddress
import json
from contextlib import ExitStack
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import SplitResult, urlsplit

import click

if TYPE_CHECKING:
    from feeledger.api.signing import SigningKey
    from feeledger.banksim.client import BankFace
    from feeledger.banksim.scenario import Scenario

HTTPS_PORT = 443
HTTP_PORT = 80


@click.command("bank-sim")
@click.option(
    "--url",
    required=True,
    help="服务地址 · the service, http(s)://host:port；报文帧 · by frames: tcp://host:port",
)
@click.option(
    "--keyid",
    required=True,
    help="银行密钥编号；报文帧为节点号 · the id of the bank's key; by frames its node",
)
@click.option(
    "--key",
    "key_file",
    type=click.File("rb"),
    required=True,
    help="base64 文件：共享密钥或私钥；报文帧为令牌 · a file of base64: the secret or the private key; "
    "by frames the token as it is",
)
@click.option("--algorithm", default="hmac-sha256", show_default=True, help="算法 · its algorithm")
@click.option(
    "--notices", type=click.File("rb"), help="缴款码文件，每行一个 · pay codes, one a line"
)
@click.option("--scenario", type=click.File("rb"), help="YAML 剧本 · a scenario")
@click.option("--seed", type=click.IntRange(0), help="随机种子 · the seed of the draw")
@click.option("--count", type=click.IntRange(1, 100_000), help="动作数 · how many acts")
@click.option("--clients", type=click.IntRange(1, 64), help="同时客户数 · clients at once")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="缴款日，缺省为现在 · day of payment"
)
@click.option(
    "--face",
    type=click.Choice(["api", "wp"]),
    default="api",
    show_default=True,
    help="http(s) 上说哪一种报文 · which messages are spoken over http(s)",
)
@click.option(
    "--day-end",
    is_flag=True,
    help="最后报送本次缴款的日终对账（--face wp）· at the end send the day's statement of what was paid",
)
@click.option(
    "--bill",
    type=click.File("rb"),
    help="8994 各字段的 JSON 对象：单位节点登记、作废（tcp://）· fields of 8994 as a JSON object: "
    "a unit's node registers and voids",
)
@click.option(
    "--oracle",
    type=click.Path(dir_okay=False),
    help="JSON Lines，发送之前先写 · written before each sending, appended",
)
@click.option("--json", "as_json", is_flag=True, help="JSON 报告 · the report as JSON")
@click.option("--beyond-this-machine", is_flag=True, help="允许本机以外 · allow other machines")
def bank_sim(url: str, *, oracle: str | None, as_json: bool, **given: Any) -> None:
    """模拟银行：查询、确认、重发、断线、乱序、破坏报文，并判定应答 · Play a bank and judge the answers.

    退出码：0 全部合规；1 有违规或结果不明；2 用法。
    Exit: 0 all by the rules; 1 an answer breaks them or an outcome stays unknown; 2 usage.

    With tcp:// it speaks CNNONTAX frames to ``feeledger gateway``.

    Example: python -m feeledger bank-sim --url http://127.0.0.1:8000 --keyid bank-a-2027 --key secret.b64 --notices codes.txt --json
    """
    from feeledger.banksim.acts import end_day, play
    from feeledger.banksim.record import Record
    from feeledger.banksim.teller import Run
    from feeledger.banksim.units import register_bills
    from feeledger.clock import wall_time

    place = _place_of(url, anywhere=given["beyond_this_machine"])
    scenario = _scenario_of(given)
    face = "frames" if place.scheme == "tcp" else given["face"]
    if given["day_end"] and face != "wp":
        raise click.UsageError("--day-end：只用于 · needs --face wp")
    if given["bill"] is not None and face != "frames":
        raise click.UsageError("--bill：只用于 · needs --url tcp://…")
    bill = None if given["bill"] is None else _bill_of(given["bill"].read())
    scenario = _played_by(face, scenario)
    with ExitStack() as stack:
        kept = stack.enter_context(open(oracle, "a", encoding="utf-8")) if oracle else None  # noqa: PTH123
        record = Record(kept)
        run = Run(
            bank=_face_of(place, given),
            record=record,
            paid_at=_moment_of(given["day"]),
            prefix=f"BS{wall_time():%y%m%d%H%M%S%f}"[:17],
            patience=scenario.patience,
        )
        if bill is None:
            play(run, scenario)
        else:
            register_bills(run, scenario, bill)
        if given["day_end"]:
            end_day(run)
    _tell(record.report(), as_json=as_json)


def _tell(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        for name, words in (
            ("sent", "发送 · sent"),
            ("acknowledged", "已受理 · acknowledged"),
            ("refused", "拒绝 · refused"),
            ("lost", "无应答 · no answer"),
            ("server_faults", "服务故障 · server faults"),
            ("unknown", "结果不明 · unknown"),
            ("skipped", "不可缴的通知 · notices not payable"),
            ("broken", "违规应答 · answers against the rules"),
        ):
            click.echo(f"{words}: {_shown(report[name])}")
    if report["broken"] or report["unknown"]:
        raise SystemExit(1)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{code}×{count}" for code, count in value.items()) or "0"
    if isinstance(value, list):
        return "".join(f"\n  {json.dumps(one, ensure_ascii=False)}" for one in value) or "0"
    return str(value)


def _place_of(url: str, *, anywhere: bool) -> SplitResult:
    """Take the address apart; another machine must be meant."""
    try:
        place = urlsplit(url)
        sound = place.scheme in {"http", "https", "tcp"} and place.hostname and place.port != 0
        sound = sound and (place.scheme != "tcp" or place.port is not None)
    except ValueError:
        sound = False
    if not sound or place.path.strip("/") or place.query:
        raise click.UsageError(
            f"--url {url[:80]}：须为 · must be http(s)://host:port 或 · or tcp://host:port"
        )
    if not anywhere and not _is_loopback(place.hostname or ""):
        raise click.UsageError(
            f"{place.hostname} 不是本机；确要如此请加 --beyond-this-machine · is not this machine: "
            "add --beyond-this-machine if you mean it"
        )
    return place


def _face_of(place: SplitResult, given: dict[str, Any]) -> "BankFace":
    """Give the bank as it speaks to that address."""
    from feeledger.banksim.client import BankSimulator
    from feeledger.banksim.frames import FrameBank
    from feeledger.banksim.wire import WireBank

    if place.scheme == "tcp":
        token = given["key_file"].read().strip()
        return FrameBank(
            _node_of(given["keyid"], token), token, place.hostname or "", place.port or 0
        )
    usual = HTTPS_PORT if place.scheme == "https" else HTTP_PORT
    speaking = WireBank if given["face"] == "wp" else BankSimulator
    return speaking(
        _key_of(given["keyid"], given["algorithm"], given["key_file"]),
        host=place.hostname or "",
        port=place.port or usual,
        scheme=place.scheme,
    )


def _node_of(node: str, token: bytes) -> str:
    from feeledger.gateway.nodes import NodeRefused, demand_node

    try:
        demand_node(node, token.decode("ascii", errors="replace"))
    except NodeRefused as refused:
        raise click.UsageError(f"{refused.detail.zh} / {refused.detail.en}") from refused
    return node


def _bill_of(data: bytes) -> dict[str, str]:
    """Read the fields of 8994 that every notice is registered with."""
    needed = ("AdmDivCode", "BillDate", "ChgAgenCode", "PayerName", "Amt", "PayInfo")
    try:
        told = json.loads(data)
        missing = [name for name in needed if not isinstance(told.get(name), str)]
        sound = all(isinstance(value, str) for value in told.values())
    except (ValueError, AttributeError):
        told, missing, sound = {}, [], False
    if missing or not sound:
        raise click.UsageError(
            f"--bill：须为 JSON 对象，值为文本，含 · a JSON object of texts with {', '.join(needed)}"
            + (f"；缺 · missing: {', '.join(missing)}" if missing else "")
        )
    return dict(told)


def _played_by(face: str, scenario: "Scenario") -> "Scenario":
    from dataclasses import replace

    from feeledger.banksim.scenario import FACES, acts_of_face

    acts, vain = acts_of_face(face, scenario.acts)
    if vain:
        raise click.UsageError(
            f"{', '.join(vain)}：{face} 不能演，可用 · not played by {face}, these are: "
            f"{', '.join(FACES[face])}"
        )
    return replace(scenario, acts=acts)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _scenario_of(given: dict[str, Any]) -> "Scenario":
    from dataclasses import replace

    from feeledger.banksim.scenario import Scenario, read_scenario
    from feeledger.errors import FileRefused

    try:
        file: BinaryIO | None = given["scenario"]
        found = Scenario() if file is None else read_scenario(file.read(), file.name)
    except FileRefused as refused:
        lines = "\n".join(f"{fault.to('zh')} / {fault.to('en')}" for fault in refused.faults)
        raise click.UsageError(lines) from refused
    changes = {n: given[n] for n in ("seed", "count", "clients") if given[n] is not None}
    if given["notices"] is not None:
        text = given["notices"].read().decode("utf-8-sig", errors="replace")
        # Codes are printed and exported in groups of four: blanks within a line are no border.
        codes = [code for line in text.splitlines() if (code := "".join(line.split()))]
        wrong = [one for one in codes if not (one.isascii() and one.isdigit())]
        if wrong:
            raise click.UsageError(f"--notices：{wrong[0][:40]} 不是缴款码 · is no pay code")
        changes["notices"] = tuple(dict.fromkeys(codes))
    return replace(found, **changes)


def _key_of(keyid: str, algorithm: str, file: BinaryIO) -> "SigningKey":
    from feeledger.api.signing import ALGORITHMS, SigningKey

    if algorithm not in ALGORITHMS:
        raise click.UsageError(f"--algorithm：可选 · one of {', '.join(ALGORITHMS)}")
    try:
        material = base64.b64decode("".join(file.read().decode("ascii").split()), validate=True)
    except (binascii.Error, UnicodeDecodeError) as fault:
        raise click.UsageError("--key：须为 base64 · must be base64") from fault
    if len(material) < 32 or (algorithm == "ed25519" and len(material) != 32):  # noqa: PLR2004
        raise click.UsageError("--key：密钥应为 32 字节 · a key has 32 bytes (a secret at least)")
    return SigningKey(keyid, algorithm, material)  # type: ignore[arg-type]


def _moment_of(day: date | None) -> datetime:
    from feeledger.clock import BEIJING, wall_time

    if day is None:
        return wall_time().astimezone(BEIJING).replace(microsecond=0)
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)  # midnight: never still to come
