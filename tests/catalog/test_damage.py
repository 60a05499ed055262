"""A damaged edition is refused: every fault with its file and line, and all of them at once.

Each case damages one place of the real edition. ``offset`` is how many lines below the first line
of ``old`` the fault stands.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import pytest

from feeledger.catalog.faulttexts import FAULT_TEXTS
from feeledger.catalog.reader import load_catalog, read_catalog
from feeledger.catalog.yamltext import read_nodes
from feeledger.errors import FileRefused

EDITION = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"
VEHICLES, LAND, TAX = "vehicles.yaml", "land.yaml", "tax-collected.yaml"
COURTS, SERVICES, ENERGY = "approvals-and-courts.yaml", "operating-services.yaml", "energy.yaml"
CONSTRUCTION, TRANSPORT, ENDED = "construction.yaml", "transport.yaml", "ended.yaml"
FACTS, DOCUMENTS, SOURCES = "facts.yaml", "documents.yaml", "sources.yaml"
SOURCES = "sources.yaml"
PLACES, HEAD, ENVIRONMENT = "places.yaml", "edition.yaml", "environment.yaml"


@dataclass(frozen=True)
class Damage:
    """One place of one file, spoiled."""

    code: str
    file: str
    old: str
    new: str
    offset: int = 0
    more: tuple[str, ...] = ()


CASES = {
    # the text
    "a tab": Damage("tab", VEHICLES, "    status: in_force", "\tstatus: in_force"),
    "a full-width space": Damage(
        "character-refused", VEHICLES, "zh: 汽车号牌(反光)", "zh: 汽车　号牌(反光)"
    ),
    "a zero-width space": Damage(
        "character-refused", PLACES, "name: 石家庄市", "name: 石家庄\u200b市"
    ),
    "a hidden character by its escape": Damage(
        "character-refused", PLACES, "name: 石家庄市", 'name: "石家庄\\u202e市"'
    ),
    "a NUL by its escape": Damage(
        "character-refused", LAND, "en: Idle land fee", 'en: "Idle land fee\\0"'
    ),
    "an unclosed bracket": Damage(
        "yaml-syntax",
        VEHICLES,
        "quantities: [plates_temporary] }",
        "quantities: [plates_temporary }",
    ),
    "a second document": Damage(
        "several-documents", TRANSPORT, "\n  - id: aviation-fund", "\n---\n  - id: aviation-fund", 1
    ),
    "an anchor": Damage(
        "anchor", ENERGY, "confidence: { level: high }", "confidence: &high { level: high }"
    ),
    "an alias": Damage(
        "alias", ENERGY, "confidence: { level: high }", "confidence: *high", more=("wrong-shape",)
    ),
    "a tag": Damage("tag", VEHICLES, "place: 河北省", "place: !!str 河北省"),
    "a value beyond any length": Damage(
        "value-too-long",
        VEHICLES,
        'amount: "100"',
        f'amount: "{"1" * 5000}"',
        more=("number-malformed",),
    ),
    # keys and shapes
    "a mistyped key": Damage(
        "key-unknown",
        VEHICLES,
        "    status: in_force",
        "    statuss: in_force",
        more=("key-missing",),
    ),
    "a key too many": Damage(
        "key-unknown",
        LAND,
        "        period: per_event",
        "        colour: red\n        period: per_event",
    ),
    "a duplicate key": Damage(
        "key-duplicate",
        VEHICLES,
        "    status: in_force",
        "    status: in_force\n    status: cancelled",
        1,
    ),
    "a duplicate key within a rate": Damage(
        "key-duplicate", LAND, 'percent: "20", ', 'percent: "20", percent: "2", '
    ),
    "a key read as true": Damage(
        "key-implicit",
        VEHICLES,
        "    status: in_force",
        "    on: yes\n    status: in_force",
        more=("key-unknown",),
    ),
    "a list for a key": Damage(
        "key-not-text", VEHICLES, "    status: in_force", "    [a, b]: c\n    status: in_force"
    ),
    "a missing key": Damage("key-missing", VEHICLES, "        period: per_event\n", "", -4),
    "a text for a list": Damage(
        "wrong-shape", VEHICLES, "sources: [chengan-2021]", "sources: chengan-2021"
    ),
    "a list for a text": Damage("wrong-shape", VEHICLES, "place: 河北省", "place: [河北省]"),
    "an empty list": Damage("list-empty", VEHICLES, "sources: [chengan-2021]", "sources: []"),
    "a quantity twice": Damage(
        "entry-duplicate", VEHICLES, "[plates_temporary]", "[plates_temporary, plates_temporary]"
    ),
    # values
    "a float price": Damage("number-unquoted", LAND, 'amount: "1.4"', "amount: 1.4"),
    "a whole price without quotes": Damage(
        "number-unquoted", VEHICLES, 'amount: "100"', "amount: 100"
    ),
    "an octal price": Damage("number-malformed", VEHICLES, 'amount: "100"', "amount: 0100"),
    "an exponent": Damage("number-malformed", VEHICLES, 'amount: "100"', 'amount: "1e2"'),
    "a thousands separator": Damage(
        "number-malformed", VEHICLES, 'amount: "100"', 'amount: "1,000"'
    ),
    "a negative price": Damage("number-out-of-bounds", VEHICLES, 'amount: "100"', 'amount: "-100"'),
    "a price beyond all bounds": Damage(
        "number-out-of-bounds", VEHICLES, 'amount: "100"', 'amount: "10000000000001"'
    ),
    "an implicit boolean": Damage("implicit-type", VEHICLES, "place: 河北省", "place: yes"),
    "an implicit null": Damage(
        "implicit-type",
        VEHICLES,
        "unit: 副, quantities: [plates_car_plain]",
        "unit: ~, quantities: [plates_car_plain]",
    ),
    "a truth in quotes": Damage(
        "flag-malformed", SERVICES, "ceiling: true", 'ceiling: "true"', more=("ceiling-top-band",)
    ),
    "an empty text": Damage("text-empty", VEHICLES, "place: 河北省", 'place: ""'),
    "a date without quotes": Damage(
        "date-unquoted", VEHICLES, 'from: "2017-07-01"', "from: 2017-07-01"
    ),
    "a day that is none": Damage(
        "date-unreadable", VEHICLES, 'to: "2017-06-30"', 'to: "2017-06-31"'
    ),
    "a year that cannot be": Damage(
        "date-out-of-bounds", VEHICLES, 'to: "2017-06-30"', 'to: "0217-06-30"'
    ),
    "a mistyped status": Damage("choice-unknown", VEHICLES, "status: in_force", "status: inforce"),
    "a mistyped form": Damage("choice-unknown", VEHICLES, "form: per_unit", "form: perunit"),
    "a mistyped period": Damage(
        "choice-unknown", VEHICLES, "period: per_event", "period: per_evnt"
    ),
    "an id with capitals": Damage(
        "id-malformed", VEHICLES, "- id: vehicle-plate\n", "- id: Vehicle-Plate\n"
    ),
    "an item twice": Damage(
        "id-duplicate", VEHICLES, "- id: vehicle-certificate\n", "- id: vehicle-plate\n"
    ),
    "a line twice": Damage(
        "id-duplicate",
        VEHICLES,
        "- id: vehicle-plate.car-plain\n",
        "- id: vehicle-plate.car-reflective\n",
        more=("windows-overlap",),
    ),
    "a wire code twice": Damage(
        "wire-code-duplicate", VEHICLES, "wire_code: X0002", "wire_code: X0001"
    ),
    # names that must exist
    "an unknown fact": Damage("fact-unknown", VEHICLES, "[plates_temporary]", "[plates_temporry]"),
    "an unknown fact in a condition": Damage(
        "fact-unknown", LAND, "fact: idle_months, op: gte", "fact: idle_month, op: gte"
    ),
    "an unknown document": Damage(
        "document-unknown",
        VEHICLES,
        "basis: { documents: [发改价格〔2004〕2831号] }",
        "basis: { documents: [发改价格〔2004〕2381号] }",
    ),
    "an unknown source": Damage(
        "source-unknown", VEHICLES, "sources: [chengan-2021]", "sources: [chengan-2012]"
    ),
    "an unknown place": Damage("place-unknown", VEHICLES, "place: 河北省", "place: 河南省"),
    "an unknown division": Damage("region-unknown", PLACES, '"130434"', '"139434"'),
    "an unknown division of the edition": Damage(
        "region-unknown", HEAD, 'province: "130000"', 'province: "990000"'
    ),
    "a division of the edition that is no province": Damage(
        "region-unknown", HEAD, 'province: "130000"', 'province: "130100"'
    ),
    "an unknown enum value": Damage(
        "enum-value-unknown", LAND, "op: eq, value: residential", "op: eq, value: residental"
    ),
    "an unknown class of a matrix": Damage(
        "enum-value-unknown", TRANSPORT, '["1", "2", "3"]', '["1", "2", "4"]'
    ),
    "an unknown value of a class fact": Damage(
        "enum-value-unknown",
        CONSTRUCTION,
        "grade_6b: [civil-air-defence.6b-city@2019]",
        "grade_6c: [civil-air-defence.6b-city@2019]",
    ),
    "a relief on a line that is not there": Damage(
        "line-unknown",
        LAND,
        "lines: [forest-vegetation.tree, ",
        "lines: [forest-vegetation.trees, ",
    ),
    "a relief on a line of another item": Damage(
        "line-foreign",
        LAND,
        "lines: [forest-vegetation.tree, ",
        "lines: [idle-land.one-to-two-years, ",
    ),
    "alternatives with a foreign line": Damage(
        "line-foreign",
        CONSTRUCTION,
        "          - civil-air-defence.other-city@2019\n",
        "          - road-excavation.paver\n",
        more=("alternative-unreachable", "line-unknown"),
    ),
    "alternatives choosing a line that is not there": Damage(
        "line-unknown",
        CONSTRUCTION,
        "other: [civil-air-defence.other-city@2019]",
        "other: [civil-air-defence.other-town@2019]",
        more=("alternative-unreachable",),
    ),
    "a series with another slug": Damage(
        "line-misnamed", ENERGY, "series: water-project-fund.rate", "series: water-fund.rate"
    ),
    # facts
    "a quantity that is an enum": Damage(
        "fact-type", VEHICLES, "[plates_temporary]", "[enterprise_size]"
    ),
    "a percent of a count": Damage("fact-type", LAND, "base: land_price", "base: idle_months"),
    "a class fact as a driver": Damage(
        "class-fact-as-driver",
        LAND,
        "fact: property_kind, op: eq, value: residential",
        "fact: home_class, op: eq, value: new",
    ),
    "alternatives chosen by a plain fact": Damage(
        "class-fact-plain",
        CONSTRUCTION,
        "class_fact: shelter_class",
        "class_fact: settlement_class",
        more=("enum-value-unknown",),
    ),
    "a class fact that is a number": Damage(
        "class-fact-not-enum",
        FACTS,
        "  - name: plates_car_plain\n    type: int\n",
        "  - name: plates_car_plain\n    type: int\n    class_fact: true\n",
        2,
        more=("class-fact-as-driver",),
    ),
    "bounds the wrong way round": Damage(
        "bounds-backwards",
        FACTS,
        'int: { low: "0", high: "1000000000000"',
        'int: { low: "5", high: "1"',
        more=("bounds-backwards", "number-out-of-bounds", "divisor-zero"),
    ),
    "a derived fact of a fact that is not there": Damage(
        "derived-malformed",
        FACTS,
        "numerator: disabled_employed",
        "numerator: disabled_emploied",
    ),
    "values on a number": Damage(
        "values-mismatch",
        FACTS,
        "  - name: plates_car_plain\n    type: int\n",
        "  - name: plates_car_plain\n    type: int\n    values: [{ value: one, label: { zh: 一, en: one } }]\n",
    ),
    "an enum without values": Damage(
        "values-mismatch",
        FACTS,
        "  - name: plates_car_plain\n    type: int\n",
        "  - name: plates_car_plain\n    type: enum\n",
        more=("fact-type",),
    ),
    "an operator that does not fit": Damage(
        "operator-type", LAND, "fact: property_kind, op: eq", "fact: property_kind, op: gt"
    ),
    "a truth compared by size": Damage(
        "operator-type",
        LAND,
        "fact: idle_by_force_majeure_or_government, op: eq",
        "fact: idle_by_force_majeure_or_government, op: lt",
    ),
    "a condition of both kinds": Damage(
        "condition-shape",
        LAND,
        "applies_when: { all: [",
        'applies_when: { any: [{ fact: idle_months, op: gt, value: "1" }], all: [',
    ),
    # windows
    "overlapping windows": Damage(
        "windows-overlap", VEHICLES, 'to: "2017-06-30"', 'to: "2017-07-01"', 10
    ),
    "overlapping windows of three versions": Damage(
        "windows-overlap", ENERGY, 'window: { from: "2018-07-01"', 'window: { from: "2018-06-30"'
    ),
    "two open versions": Damage(
        "windows-overlap",
        VEHICLES,
        'window: { from: unknown, to: "2017-06-30", to_basis: seen }',
        "window: { from: unknown, to: open }",
        10,
    ),
    "overlapping reliefs": Damage(
        "windows-overlap", TAX, 'to: "2024-12-31"', 'to: "2025-01-01"', 12
    ),
    "an undeclared hole": Damage(
        "hole-undeclared", VEHICLES, 'from: "2017-07-01"', 'from: "2017-07-02"'
    ),
    "a hole of a series that has none": Damage(
        "hole-needless",
        ENERGY,
        "      - series: renewable-surcharge.other",
        "      - series: renewable-surcharge.others",
        more=("hole-undeclared",),
    ),
    "a hole declared too short": Damage(
        "hole-mismatch",
        ENERGY,
        '        to: "2015-12-31"',
        '        to: "2014-12-31"',
        -2,
        more=("hole-undeclared",),
    ),
    "a window that ends before it begins": Damage(
        "window-backwards",
        ENERGY,
        'from: "2010-01-01", from_basis: seen, to: "2017-06-30"',
        'from: "2018-01-01", from_basis: seen, to: "2017-06-30"',
    ),
    "a lower bound beside a known first day": Damage(
        "bound-needless",
        ENERGY,
        'from: "2010-01-01", from_basis: seen, to: "2017-06-30"',
        'from: "2010-01-01", from_basis: seen, not_before: "2009-01-01", to: "2017-06-30"',
    ),
    "a last day that is no day, of a version with another after it": Damage(
        "date-unreadable",  # and no hole is made of it
        ENERGY,
        'from: "2010-01-01", from_basis: seen, to: "2017-06-30"',
        'from: "2010-01-01", from_basis: seen, to: "2017-06-31"',
    ),
    "a basis for an open end": Damage(
        "basis-without-date",
        VEHICLES,
        "from_basis: seen, to: open",
        "from_basis: seen, to: open, to_basis: seen",
    ),
    # bases
    "a version without basis": Damage(
        "key-missing", VEHICLES, "        basis: { documents: [发改价格〔2004〕2831号] }\n", "", -7
    ),
    "a version with an empty basis": Damage(
        "basis-missing",
        VEHICLES,
        "basis: { documents: [发改价格〔2004〕2831号] }",
        "basis: { clause: 第一条 }",
    ),
    "a relief without basis": Damage(
        "basis-missing", TAX, "basis: { documents: [财税〔2014〕122号] }", "basis: {}"
    ),
    "an event without basis": Damage(
        "basis-missing", ENERGY, "        document: 财税〔2017〕18号\n", "", -2
    ),
    "documents and unseen": Damage(
        "basis-double",
        VEHICLES,
        "basis: { documents: [发改价格〔2004〕2831号] }",
        "basis: { documents: [发改价格〔2004〕2831号], unseen: { zh: 无, en: none }, sources: [chengan-2021] }",
    ),
    "unseen without a source": Damage(
        "unseen-without-source",
        VEHICLES,
        "basis: { documents: [发改价格〔2004〕2831号] }",
        "basis: { unseen: { zh: 无, en: none } }",
    ),
    # rates
    "brackets out of order": Damage(
        "brackets-out-of-order",
        COURTS,
        'upto: "200000", percent: "2"',
        'upto: "100000", percent: "2"',
    ),
    "tiers out of order": Damage(
        "brackets-out-of-order",
        ENVIRONMENT,
        '{ upto: "7", amount: "1400" }',
        '{ upto: "5", amount: "1400" }',
    ),
    "points out of order": Damage(
        "brackets-out-of-order",
        SERVICES,
        'at: "30000000", amount: "781000"',
        'at: "3000000", amount: "781000"',
    ),
    "a table of one point": Damage(
        "points-too-few",
        SERVICES,
        '          points:\n            - { at: "5000000", amount: "165000" }\n',
        '          points: [{ at: "5000000", amount: "165000" }]\n          unused:\n',
        more=("key-unknown",),
    ),
    "weight bands out of order": Damage(
        "brackets-out-of-order",
        TRANSPORT,
        '["50", "100", "200", open]',
        '["50", "200", "100", open]',
    ),
    "an open end in the middle": Damage(
        "open-end-misplaced", COURTS, 'upto: "200000", percent: "2"', 'upto: open, percent: "2"'
    ),
    "marginal brackets that end closed": Damage(
        "open-end-missing", COURTS, 'upto: open, percent: "0.5"', 'upto: "90000000", percent: "0.5"'
    ),
    "a bracket with two rates": Damage(
        "bracket-shape",
        COURTS,
        'upto: "200000", percent: "2"',
        'upto: "200000", percent: "2", permille: "20"',
    ),
    "a flat amount in a later bracket": Damage(
        "flat-bracket-misplaced",
        COURTS,
        'upto: "200000", percent: "2"',
        'upto: "200000", amount: "2"',
    ),
    "a minimum above the maximum": Damage(
        "minimum-above-maximum", COURTS, 'min: "1000", max: "300000"', 'min: "1000", max: "300"'
    ),
    "a range the wrong way round": Damage(
        "minimum-above-maximum",
        COURTS,
        'low: "50"\n          high: "500"',
        'low: "50"\n          high: "5"',
        1,
    ),
    "shares that do not add up": Damage(
        "shares-sum", SERVICES, 'payer: winner, share: "0.5"', 'payer: winner, share: "0.4"'
    ),
    "a table with a short row": Damage(
        "matrix-shape", TRANSPORT, '["1.38", "1.10", "0.88"]', '["1.38", "1.10"]'
    ),
    "a formula with a name that is not there": Damage(
        "formula-refused",
        ENDED,
        "expression: mineral_sales_revenue *",
        "expression: mineral_sales *",
    ),
    "a formula with a division": Damage(
        "formula-refused", ENDED, "* approved_recovery_rate\n", "/ approved_recovery_rate\n"
    ),
    "a formula with a call": Damage(
        "formula-refused",
        ENDED,
        "expression: mineral_sales_revenue *",
        "expression: open(mineral_sales_revenue) *",
    ),
    "a formula with an attribute": Damage(
        "formula-refused",
        ENDED,
        "expression: mineral_sales_revenue *",
        "expression: mineral_sales_revenue.x *",
    ),
    "a constant nobody uses": Damage(
        "constant-unused", ENDED, '{ hundred: "100" }', '{ hundred: "100", ten: "10" }'
    ),
    "a constant with the name of a fact": Damage(
        "constant-shadows-fact",
        ENDED,
        '{ hundred: "100" }',
        '{ hundred: "100", beds: "10" }',
        more=("constant-unused",),
    ),
    "a divisor that may be zero": Damage(
        "divisor-zero",
        ENDED,
        "divisor: hundred * actual_recovery_rate",
        "divisor: hundred * approved_recovery_rate",
    ),
    "a derived fact of a part that may be negative": Damage(
        "derived-malformed", FACTS, '    divisor_low: "1"\n', '    low: "-1"\n', 12
    ),
    "a formula that may come to below zero": Damage(
        "plan-refused",
        TAX,
        "expression: max(0, ad_sales_incl_vat - ad_publishing_paid) * rate",
        "expression: (ad_sales_incl_vat - ad_publishing_paid) * rate",
    ),
    "a quantity that is derived": Damage(
        "plan-refused", VEHICLES, "[plates_temporary]", "[disabled_share]"
    ),
    "a top band without its ceiling": Damage(
        "ceiling-top-band", SERVICES, "          ceiling: true\n", "", -1
    ),
    # reliefs, alternatives, items
    "a factor on an exemption": Damage(
        "factor-misplaced", TAX, "effect: exempt", 'effect: exempt\n        factor: "0.5"'
    ),
    "a reduction without a factor": Damage(
        "factor-misplaced",
        TAX,
        '        factor: "0.5"\n        when: always\n',
        "        when: always\n",
        -1,
    ),
    "a base amount where there is none": Damage(
        "base-only-misplaced",
        TAX,
        "effect: exempt",
        "effect: exempt\n        covers: base_amount",
        1,
        more=("base-only-misplaced",),
    ),
    "an adjustment twice": Damage(
        "entry-duplicate", LAND, "- id: urban-planning-area", "- id: public-welfare-forest"
    ),
    "an adjustment to nothing": Damage(
        "number-out-of-bounds", LAND, 'multiply: "2"', 'multiply: "0"'
    ),
    "a coefficient twice": Damage(
        "entry-duplicate",
        SERVICES,
        "- { fact: complexity_coefficient,",
        "- { fact: specialty_coefficient,",
    ),
    "a coefficient of nothing": Damage(
        "number-out-of-bounds", SERVICES, 'values: ["0.85", "1.0",', 'values: ["0", "1.0",'
    ),
    "a float of nothing": Damage(
        "float-none", SERVICES, 'float: { up: "20", down: "20" }', 'float: { up: "0", down: "0" }'
    ),
    "a payer twice": Damage("entry-duplicate", SERVICES, "payer: winner", "payer: tenderer"),
    "a fact derived of itself": Damage(
        "derived-malformed", FACTS, "numerator: disabled_employed", "numerator: disabled_share"
    ),
    "a divisor that may be nothing": Damage(
        "number-out-of-bounds",
        FACTS,
        'divisor_low: "0.000001"',
        'divisor_low: "0"',
        more=("divisor-zero",),
    ),
    "an address that is none": Damage(
        "source-address", SOURCES, "url: http://info.lulong.gov.cn/", "url: javascript:alert(1)/"
    ),
    "an address of nobody's government": Damage(
        "source-address",
        SOURCES,
        "kind: mirror\n    url: https://tfhid.com/",
        "kind: government\n    url: https://tfhid.com/",
        1,
    ),
    "a line in two groups": Damage(
        "alternative-double",
        CONSTRUCTION,
        "          - civil-air-defence.6b-county@2019\n",
        "          - civil-air-defence.6b-city@2019\n",
        more=("alternative-unreachable", "line-unknown"),
    ),
    "a line no class chooses": Damage(
        "alternative-unreachable",
        CONSTRUCTION,
        "          other: [civil-air-defence.other-city@2019]\n",
        "",
        -4,
    ),
    "a group of one line": Damage(
        "alternative-alone",
        SERVICES,
        "          - medical-waste.beds\n",
        "",
        -2,
        more=("line-unknown",),
    ),
    "a cancelled item without an event": Damage(
        "status-without-event", VEHICLES, "status: in_force", "status: cancelled"
    ),
    "an item in force that has ended": Damage(
        "status-contradicted", ENDED, "status: cancelled", "status: in_force"
    ),
    "a service payable into the non-tax account": Damage(
        "service-payable", SERVICES, "collected_by: seller", "collected_by: notice"
    ),
    "a government fund collected by a seller": Damage(
        "seller-not-service", ENERGY, "collected_by: grid", "collected_by: seller"
    ),
    "an administrative charge with a pricing": Damage(
        "pricing-misplaced",
        VEHICLES,
        "category: administrative",
        "category: administrative\n    pricing: government_set",
        1,
    ),
    # documents and the edition
    "a number that is none": Damage(
        "document-number",
        DOCUMENTS,
        "key: 计价格〔1994〕783号",
        "key: 计价格1994年783",
        more=("document-unknown",),
    ),
    "a regular number marked irregular": Damage(
        "document-regular",
        DOCUMENTS,
        "key: 计价格〔1994〕783号",
        "key: 计价格〔1994〕783号\n    irregular: true",
    ),
    "one number in two prints": Damage(
        "document-twin",
        DOCUMENTS,
        "  - key: 发改价格〔2017〕1186号\n",
        "  - key: 发改价格[2004]2831号\n",
        more=("document-unknown",),
    ),
    "a publication without its data": Damage(
        "publication-incomplete",
        HEAD,
        "kind: compilation",
        "kind: publication",
        -2,
        more=("publication-incomplete",),
    ),
    "an author who reviews": Damage(
        "author-is-reviewer",
        HEAD,
        "kind: compilation",
        'kind: publication\n  medium: 河北日报\n  number: "1"\n  document: 冀财税〔2026〕1号\n  published_on: "2026-11-24"\n  author: 甲\n  reviewer: 甲',
        6,
    ),
    "a compilation that claims a publication": Damage(
        "publication-data-misplaced",
        HEAD,
        "kind: compilation",
        "kind: compilation\n  medium: 河北日报",
        1,
    ),
    "a compilation without its notice": Damage(
        "notice-missing",
        HEAD,
        "  notice:\n    zh: 据公开文本汇编，不是官方公布\n    en: compiled from public texts, not an official publication\n",
        "",
        -8,
    ),
}


@pytest.fixture(scope="module")
def originals():
    return {path.name: path.read_text(encoding="utf-8") for path in EDITION.glob("*.yaml")}


@pytest.fixture(scope="module")
def sound_nodes(originals):
    """The nodes of the edition's own files, which are read once; nodes never change."""
    read = {}
    for file, text in originals.items():
        node, faults = read_nodes(text.encode(), file)
        assert node is not None
        assert faults == ()
        read[text.encode(), file] = node, faults
    return read


@pytest.fixture(autouse=True)
def read_sound_files_once(monkeypatch, sound_nodes):
    """Read from the text only what a test has damaged: the other fifteen files stand as they were."""

    def read(data, file):
        return sound_nodes.get((data, file)) or read_nodes(data, file)

    monkeypatch.setattr("feeledger.catalog.reader.read_nodes", read)


@pytest.fixture
def edition(tmp_path):
    """A copy of the real edition, to be damaged."""
    folder = tmp_path / "copied"
    shutil.copytree(EDITION, folder, ignore=shutil.ignore_patterns("examples"))
    return folder


def line_of(text, old):
    return text.count("\n", 0, text.index(old)) + 1


def faults_of(folder):
    catalog, faults = read_catalog(folder)
    assert (catalog is None) == bool(faults)
    return faults


@pytest.mark.parametrize("name", CASES)
def test_each_damage_is_refused_with_its_file_and_line(name, edition, originals):
    damage = CASES[name]
    text = originals[damage.file]
    (edition / damage.file).write_text(text.replace(damage.old, damage.new, 1), encoding="utf-8")

    faults = faults_of(edition)

    told = {(fault.code, fault.file, fault.line) for fault in faults}
    expected = line_of(text, damage.old) + damage.offset
    assert (damage.code, damage.file, expected) in told, [fault.to("en") for fault in faults]
    assert {fault.code for fault in faults} <= {damage.code, *damage.more}
    assert all(fault.problem.zh and fault.problem.en and fault.remedy.zh for fault in faults)


def test_all_damages_of_one_file_are_told_in_one_go(edition, originals):
    wanted = [
        "a mistyped status",
        "a float price",
        "a line twice",
        "an unknown source",
        "overlapping windows",
        "a wire code twice",
        "an empty text",
        "a version without basis",
    ]
    texts = dict(originals)
    for name in wanted:
        damage = CASES[name]
        texts[damage.file] = texts[damage.file].replace(damage.old, damage.new, 1)
    for name, text in texts.items():
        (edition / name).write_text(text, encoding="utf-8")

    codes = {fault.code for fault in faults_of(edition)}

    assert {CASES[name].code for name in wanted} <= codes


def test_damages_of_every_file_are_told_in_one_go_and_in_order(edition, originals):
    """One damage in each file whose text still reads, all of them told."""
    wanted = {}
    for name, damage in CASES.items():
        if damage.code not in (
            "yaml-syntax",
            "tab",
            "character-refused",
            "several-documents",
            "alias",
        ):
            wanted.setdefault(damage.file, name)
    for file, name in wanted.items():
        damage = CASES[name]
        text = originals[file].replace(damage.old, damage.new, 1)
        (edition / file).write_text(text, encoding="utf-8")

    faults = faults_of(edition)

    told = {(fault.file, fault.code) for fault in faults}
    assert {(file, CASES[name].code) for file, name in wanted.items()} <= told
    assert [(f.file, f.line) for f in faults] == sorted((f.file, f.line) for f in faults)


def test_a_file_that_cannot_be_followed_does_not_hide_the_faults_of_the_others(edition, originals):
    (edition / VEHICLES).write_text(originals[VEHICLES].replace("[", "[[", 1), encoding="utf-8")
    (edition / LAND).write_text(
        originals[LAND].replace('percent: "20"', "percent: 20", 1), encoding="utf-8"
    )

    told = {(fault.file, fault.code) for fault in faults_of(edition)}

    assert told == {(VEHICLES, "yaml-syntax"), (LAND, "number-unquoted")}


def test_a_table_that_cannot_be_followed_is_not_told_as_hundreds_of_unknown_names(
    edition, originals
):
    (edition / FACTS).write_text(originals[FACTS] + "\n  - [", encoding="utf-8")

    faults = faults_of(edition)

    assert {(fault.file, fault.code) for fault in faults} == {(FACTS, "yaml-syntax")}


@pytest.mark.parametrize("name", ["edition", "sources", "documents", "places", "facts"])
def test_a_missing_table_is_told(name, edition):
    (edition / f"{name}.yaml").unlink()

    faults = faults_of(edition)

    assert [(fault.code, fault.file) for fault in faults] == [("file-missing", f"{name}.yaml")]


def test_a_stray_file_is_told(edition):
    (edition / "items.yml").write_text("items: []\n", encoding="utf-8")

    assert [(f.code, f.file) for f in faults_of(edition)] == [("file-unexpected", "items.yml")]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    faults = faults_of(tmp_path / "nowhere")

    assert {fault.code for fault in faults} == {"folder-missing"}


def test_a_file_that_is_a_folder_is_told(edition):
    (edition / "more.yaml").mkdir()

    assert [fault.code for fault in faults_of(edition)] == ["file-unexpected"]


def test_loading_a_damaged_edition_raises_with_every_fault(edition, originals):
    text = originals[VEHICLES].replace('amount: "100"', "amount: 100").replace("副", "", 1)
    (edition / VEHICLES).write_text(text, encoding="utf-8")

    with pytest.raises(FileRefused) as refused:
        load_catalog(edition)

    assert refused.value.faults == faults_of(edition)


HOSTILE = {
    "brackets": ("[" * 100_000, "too-deep"),
    "braces": ("{a: " * 100_000, "too-deep"),
    "dashes": ("- " * 100_000, "too-deep"),
    "nested keys": ("".join(f"{' ' * n}k:\n" for n in range(1000)), "too-deep"),
    "a megabyte of digits": ("items: " + "7" * 1_000_000, "value-too-long"),
    "a megabyte of values": ("items: [" + "a, " * 340_000 + "]", "too-many-values"),
    "unknown keys by the thousand": (
        "items:\n  - " + "\n    ".join(f"key{n}: x" for n in range(20_000)),
        "key-unknown",
    ),
    "unknown documents by the thousand": (
        "items:\n  - basis:\n      documents: ["
        + ", ".join(f"财税〔2017〕{n}号" for n in range(1000, 21_000))
        + "]",
        "document-unknown",
    ),
    "two megabytes": ("#" * 2_000_000, "file-too-large"),
    "aliases that multiply": ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchor"),
    "an empty file": ("", "wrong-shape"),
    "a comment alone": ("# nothing\n", "wrong-shape"),
    "a null byte": ("items: \0", "character-refused"),
    "python objects": ("items: !!python/object/apply:os.system [ls]", "tag"),
    "a merge key": ("items: []\n<<: {}\n", "key-implicit"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_quickly(name, edition):
    text, code = HOSTILE[name]
    (edition / VEHICLES).write_text(text, encoding="utf-8")
    start = process_time()

    faults = faults_of(edition)

    assert process_time() - start < 2
    assert (code, VEHICLES) in {(fault.code, fault.file) for fault in faults}


@pytest.mark.parametrize(
    "expression", ["(" * 100_000, "1" * 3_000, "a" * 3_000, "__import__('os')", "1 if 1 else 2"]
)
def test_a_hostile_formula_is_refused(expression, edition, originals):
    text = originals[ENDED]
    old = "expression: mineral_sales_revenue * compensation_rate_percent * approved_recovery_rate"
    (edition / ENDED).write_text(text.replace(old, f'expression: "{expression}"'), encoding="utf-8")

    faults = faults_of(edition)

    assert {fault.code for fault in faults} & {"formula-refused", "value-too-long"}
    assert {(fault.file, fault.line) for fault in faults} == {(ENDED, line_of(text, old))}


def test_bad_utf8_is_told_with_its_line(edition):
    (edition / VEHICLES).write_bytes("items:\n  - 车牌\n".encode() + b"  - \xff\n")

    faults = faults_of(edition)

    assert [(f.code, f.file, f.line) for f in faults] == [("file-not-utf8", VEHICLES, 3)]


def test_a_byte_order_mark_is_told(edition, originals):
    (edition / VEHICLES).write_text("\ufeff" + originals[VEHICLES], encoding="utf-8")

    faults = faults_of(edition)

    assert [(f.code, f.file, f.line) for f in faults] == [("character-refused", VEHICLES, 1)]


def test_windows_line_ends_are_read_alike(edition, originals):
    (edition / VEHICLES).write_bytes(originals[VEHICLES].replace("\n", "\r\n").encode())

    assert load_catalog(edition) == load_catalog(EDITION)


def test_an_unknown_name_is_told_with_the_nearest(edition, originals):
    text = originals[VEHICLES].replace("[plates_temporary]", "[plates_temporry]")
    (edition / VEHICLES).write_text(text, encoding="utf-8")

    fault = faults_of(edition)[0]

    assert fault.path == "items[0].lines[8].rate.quantities[0]"
    assert fault.value == "plates_temporry"
    assert "plates_temporary" in fault.remedy.zh
    assert "plates_temporary" in fault.remedy.en


def test_a_whole_publication_is_read(edition, originals):
    """A publication names medium, number, date and 文号, and two people."""
    text = originals[HEAD].replace(
        "kind: compilation",
        'kind: publication\n  medium: 演示日报\n  number: "1"\n  document: 冀财税〔2027〕1号\n'
        '  published_on: "2027-01-01"\n  author: 甲\n  reviewer: 乙',
    )
    (edition / HEAD).write_text(text, encoding="utf-8")

    read = load_catalog(edition).edition

    assert (read.kind, read.medium, read.number) == ("publication", "演示日报", "1")
    assert (read.document, read.author, read.reviewer) == ("冀财税〔2027〕1号", "甲", "乙")
    assert f"{read.published_on}" == "2027-01-01"


def test_every_fault_code_is_met_by_a_damage():
    """The few others are met in tests of their own: folders, encodings, examples."""
    elsewhere = {
        "folder-missing",
        "file-missing",
        "file-unexpected",
        "file-unreadable",
        "file-too-large",
        "file-not-utf8",
        "too-deep",
        "too-many-values",
        "relief-unknown",
        "acceptance-idle",
        "acceptance-grave",
        "overlay-base",
        "overlay-empty",
        "overlay-unknown",
        "overlay-there",
        "overlay-twice",
        "example-missing",
        "example-amount",
        "example-range",
        "example-differs",
    }

    assert set(FAULT_TEXTS) - {damage.code for damage in CASES.values()} == elsewhere
