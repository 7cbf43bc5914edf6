"""What applicants hand in: pictures and PDFs, checked, made small, and kept for the next time."""
