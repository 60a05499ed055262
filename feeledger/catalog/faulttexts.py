"""Every fault a catalog can have, by its code: the problem and the remedy, zh and en.

The codes are fixed names; docs/catalog-format.md describes each (a house test holds that).
``{value}`` is what stood in the file, shortened.
"""

from feeledger.catalog.faulttexts_editions import EDITION_FAULTS
from feeledger.catalog.faulttexts_files import FILE_FAULTS
from feeledger.catalog.faulttexts_rules import RULE_FAULTS
from feeledger.errors import Text

FAULT_TEXTS: dict[str, tuple[Text, Text]] = FILE_FAULTS | RULE_FAULTS | EDITION_FAULTS
