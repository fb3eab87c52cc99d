"""Text of conversations in, concerns and answers out; no Django here."""
