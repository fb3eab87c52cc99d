"""What halves knows of the exports of other systems: one file for each system."""
