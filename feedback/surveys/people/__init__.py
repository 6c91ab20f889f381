"""Telling people from the machines that open the links of their mails: views, marks, traps, and what is held back."""
