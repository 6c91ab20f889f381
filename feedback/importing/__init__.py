"""The one import reader: opens a file, says what is wrong with it, and hands out typed rows in chunks of constant size."""
