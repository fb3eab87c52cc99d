"""One story told to one person: calls, meetings, mail and chat."""
