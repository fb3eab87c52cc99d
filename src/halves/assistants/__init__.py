"""Programs that read and draft for a colleague; what a person must confirm before it is done."""
