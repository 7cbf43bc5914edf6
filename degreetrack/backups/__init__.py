"""Backups: one moment of the database with the papers that its rows name, encrypted; and the way back."""
