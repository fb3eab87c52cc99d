"""What halves takes for all its rules, from a compacted ledger to claims.

python -m bench.halves_claims LEDGER
"""

import sys

from bench.journeys import CHANNELS, SINCE, UNTIL
from bench.measured import Measured
from halves import Ledger
from halves.measure.claims import RULES, all_claims


def main() -> None:
    measured = Measured()
    with measured.part("all"):
        book = Ledger.open(sys.argv[1])
        table = all_claims(book, channels=CHANNELS, since=SINCE, until=UNTIL)
    units = table["unit"].to_pylist()
    for rule in RULES:
        measured.claims[rule] = dict(zip(units, table[rule].to_pylist(), strict=True))
    measured.report()


if __name__ == "__main__":
    main()
