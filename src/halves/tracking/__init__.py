"""What people do on the web, on its way to the ledger."""
