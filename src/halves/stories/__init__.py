"""What we say: for whom, the vision or the problem and fix, the proof."""
