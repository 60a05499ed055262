"""Run the command line: ``python -m feeledger …``."""

from feeledger.cli import main

main()
