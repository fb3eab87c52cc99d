"""One story to many: an audience, a story, a channel, and people held out."""
