"""Figures: rows in, a Plotly figure out. Pure: no session, no clock, no request."""
