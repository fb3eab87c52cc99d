"""What happened, told to systems outside."""
