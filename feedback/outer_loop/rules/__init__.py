"""What the outer loop may do, and what its figures say: no database, no clock."""
