"""What a plan is made of, and how far it may go, without a database or a clock."""
