"""The applicant's side: apply, answer, track."""
