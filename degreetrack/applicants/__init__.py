"""Who the applicant is: sign-in by code, sessions, and contacts that the desk confirms."""
