"""The only way out of the building: the only package that opens connections to others."""
