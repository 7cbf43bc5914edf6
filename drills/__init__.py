"""Drills: the product's own processes under load, broken on purpose, and every promise counted after."""
