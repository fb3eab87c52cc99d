"""What halves knows of the exports of other systems: one file for each system."""

from halves.connect.known import google_ads, hubspot, meta_ads, salesforce
from halves.connect.known.export import Export

EXPORTS: tuple[Export, ...] = (
    *hubspot.EXPORTS,
    *salesforce.EXPORTS,
    *google_ads.EXPORTS,
    *meta_ads.EXPORTS,
)
