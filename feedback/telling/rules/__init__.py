"""Pure rules of telling: what news is about, when it is quiet, when a digest leaves."""
