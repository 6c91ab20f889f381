"""Files in: each kind's columns, and the loop that commits a file chunk by chunk."""
