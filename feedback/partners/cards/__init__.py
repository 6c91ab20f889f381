"""The card of a standing for a page of another system."""
