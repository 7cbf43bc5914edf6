"""What the department sees of its own work: figures, counted as things happen, never at the asking."""
