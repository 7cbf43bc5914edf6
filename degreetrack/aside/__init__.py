"""Rows with which a job of the worker fails: set aside, told to staff, while the rest goes on."""
