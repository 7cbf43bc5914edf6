"""Issuing: print runs and their signature sheets, manifests for the post, and what the post tells."""
