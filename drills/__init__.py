"""Drills: what is promised for the worst day, tried."""
