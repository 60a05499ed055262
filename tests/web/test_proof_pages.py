"""The proof for people: the receipt of one's own, the file, and the page on which anybody checks it."""

import io
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from feeledger.app import create_app
from feeledger.cli import root
from feeledger.clock import Clock
from feeledger.ledger.proof_forms import leaf_of_block
from feeledger.ledger.receipt_check import MEANINGS, STEPS, block_hash_of
from feeledger.ledger.seal_keys import new_seal_key, pem_of_public_key
from feeledger.ledger.seal_queries import entry_proof
from feeledger.ledger.tables import EntryRow
from feeledger.payments.proof_queries import payment_particulars
from feeledger.signatures import canonical_bytes
from feeledger.store import Store
from tests.builders import REGION, TODAY
from tests.web.conftest import send_by, settings_of, tell
from tests.web.test_root_pages import KEY, seal, sign

CHECK = "/ledger/check"


def look_up(site):
    site.send("/lookup", {"uscc": site.told.uscc, "code": site.told.lookup_code})
    return f"/lookup/notices/{REGION}/{site.told.paid_notice}"


def download(site, address):
    answer = site.client.get(f"{address}/proof")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer.data


def upload(client, data, page=CHECK):
    sent = data if isinstance(data, bytes) else json.dumps(data).encode()
    answer = send_by(client, page, {"file": (io.BytesIO(sent), "proof.json")})
    assert answer.status_code == 200
    return answer.text


def verified_offline(tmp_path, proof, *trusted):
    path = tmp_path / "proof.json"
    path.write_bytes(proof)
    return CliRunner().invoke(root, ["verify-receipt", str(path), *trusted, "--json"])


def test_the_receipt_serves_the_newest_proof_and_the_command_and_the_page_accept_it(
    fresh, tmp_path
):
    """Waiting, then the block, then the signed day: each is what the page says, no other."""
    assert fresh.client.get(f"/lookup/notices/{REGION}/1/receipt").location == "/lookup"
    address = look_up(fresh)
    assert f"{address}/receipt" in fresh.client.get(address).text
    assert "尚未封存，约需一分钟" in fresh.client.get(f"{address}/receipt").text
    assert fresh.client.get(f"{address}/proof").location == f"{address}/receipt"
    unpaid = f"/lookup/notices/{REGION}/{fresh.told.notice}/receipt"
    assert "没有有效的缴款" in fresh.client.get(unpaid).text
    assert fresh.client.get(f"/lookup/notices/{REGION}/7/receipt").status_code == 404

    seal(fresh.store)
    shown = fresh.client.get(f"/en{address}/receipt").text
    assert "Sealed in block 1" in shown
    assert "70.00" in shown  # 50 m² at 1.40 yuan
    early = download(fresh, address)
    block = fresh.client.get(f"/api/v1/ledger/{REGION}/blocks/1").get_json()["hash"]
    assert verified_offline(tmp_path, early, "--block", block).exit_code == 0
    told = upload(fresh.client, early)
    assert "成立：这笔缴款在账" in told
    assert "尚未签署" in told

    sign(fresh.store)
    assert "这是最终证明" in fresh.client.get(f"{address}/receipt").text
    final = download(fresh, address)
    key = tmp_path / "bureau.pem"
    key.write_text(pem_of_public_key(KEY.public))
    done = verified_offline(tmp_path, final, "--key", str(key))
    assert (done.exit_code, json.loads(done.output)["signed"]) == (0, True)
    told = upload(fresh.client, final, "/en" + CHECK)
    assert "the payment stands in the ledger" in told
    assert "CNY 70.00" in told
    pasted = fresh.send(CHECK, {"text": "\r\n" + final.decode() + "\n"})
    assert "成立：这笔缴款在账" in pasted.text


@pytest.fixture(scope="module")
def sealed(migrated_file, tmp_path_factory):
    """A site of its own whose one day is sealed and signed; give a client and a proof of its payment."""
    path = tmp_path_factory.mktemp("proofs") / "pages.db"
    path.write_bytes(migrated_file.read_bytes())
    store = Store(f"sqlite:///{path}")
    with store.write() as session:
        tell(session)
    seal(store)
    sign(store)
    with store.read() as session:
        entry = session.scalars(select(EntryRow.id).where(EntryRow.region == REGION)).one()
        proof = entry_proof(session, REGION, entry, payment_particulars)
    yield (
        create_app(settings_of(store.url), store=store, clock=Clock(fixed=TODAY)).test_client(),
        proof,
    )
    store.close()


def signed_anew(proof, key, **changes):
    """Forge a day over the same block with a key of one's own."""
    leaf = leaf_of_block(block_hash_of(proof))
    head = {**proof["day"]["head"], "blocks": "1", "root": leaf.hex(), "key": key.fingerprint}
    head.update(changes)
    return {
        **proof,
        "day": {
            "head": head,
            "position": "0",
            "path": [],
            "signature": key.sign(canonical_bytes(head)),
            "public_key": key.public,
        },
    }


def test_a_foreign_key_is_said_so_and_so_is_a_second_root_of_a_day(sealed):
    client, proof = sealed
    foreign = upload(client, signed_anew(proof, new_seal_key()))
    assert "公钥未在本系统公布" in foreign
    assert "任何人都能用自己的密钥这样签" in foreign
    early = signed_anew(proof, KEY, signed_at="2020-01-01T00:00:00.000000Z")
    assert "不在这把公钥的有效期内" in upload(client, early)
    second = signed_anew(proof, KEY, previous="ab" * 32)
    assert "现在公布的日根是另一个" in upload(client, second)


def part(proof, **changes):
    """Change values inside a proof by their path, dots for levels."""
    found = json.loads(json.dumps(proof))
    for path, value in changes.items():
        holder = found
        *way, last = path.split("__")
        for name in way:
            holder = holder[name]
        holder[last] = value
    return found


def test_each_damage_is_told_by_its_step_and_nothing_of_the_file_is_shown(sealed):
    client, proof = sealed
    unsigned = {**proof, "day": None}
    both = {
        "block__head__region": "130183",
        "entry__region": "130183",
        "day__head__region": "130183",
    }
    damages = {
        "agreement": part(proof, entry__region="130183"),
        "block-proof": part(proof, entry__payment__amount_fen="1"),
        "day-proof": part(proof, day__position="7"),
        "signature": part(proof, day__signature="AAAA"),
        "published-block": part(unsigned, block__head__number="9"),
        "form": part(proof, block__head__number=str(2**63)),
    }
    for step, damaged in damages.items():
        told = upload(client, damaged)
        assert STEPS[step].zh in told, step
        assert MEANINGS[step].zh in told, step
        assert "T0001" not in told
    for form in (
        part(unsigned, block__head__region="13018\u0000"),
        part(proof, block__head__day="2026-02-30"),
        part(proof, **both, block__head__number="0"),
    ):
        assert "区划须为 6 位数字" in upload(client, form)


@pytest.mark.parametrize(
    "damaged",
    [
        b"{",
        b"\xff\xfe\x00",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"form":"\\ud800"}',
        b'{"form":1e999,"entry":NaN,"block":' + b"9" * 9000 + b',"day":null}',
        b'{"form":"feeledger-receipt-1","form":"feeledger-receipt-1"}',
    ],
    ids=lambda data: data[:14].decode("latin-1"),
)
def test_what_is_no_proof_is_answered_plainly(sealed, damaged):
    told = upload(sealed[0], damaged)

    assert "这不是入账证明文件" in told


def test_nothing_both_and_too_much_are_refused_beside_the_field(sealed):
    client, _ = sealed
    assert "请上传证明文件" in send_by(client, CHECK, {}).text
    both = {"text": "{}", "file": (io.BytesIO(b"{}"), "proof.json")}
    assert "上传和粘贴只能用一种" in send_by(client, CHECK, both).text
    assert "More than 256 KiB" in upload(client, b" " * (256 * 1024 + 1), "/en" + CHECK)
    assert "超过 256 KiB" in send_by(client, CHECK, {"text": "x" * (256 * 1024 + 1)}).text
