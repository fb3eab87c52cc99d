"""Mail on its way out: settings, the bytes, signatures, lines to a server, providers."""
