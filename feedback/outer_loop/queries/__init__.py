"""Named reads of the outer loop."""
