"""What other systems call: signed, replay-proof, safe to repeat."""
