"""Yardstick: the Parquet files of a folder read by pyarrow, one item's amounts added up in numpy.

What reading the same columns costs at least: no catalog, no database, no outcomes, no groups. Prints
the fen before and after of 水土保持补偿费 at 1.40 and at 1.20 yuan a square metre.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq


def main():
    before = after = 0
    for path in sorted(Path(sys.argv[1]).rglob("*.parquet")):
        table = pq.read_table(path)
        columns = {
            name: table.column(name).to_numpy()
            for name in table.column_names
            if name.startswith("f_") and table.column(name).null_count == 0
        }
        metres = (columns["f_land_occupied_m2"] + 999) // 1000
        before += int(np.sum(metres * 140))
        after += int(np.sum(metres * 120))
    print(before, after)


main()
