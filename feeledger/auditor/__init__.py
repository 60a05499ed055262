"""The auditor: a program of its own that adds up and hashes everything again.

It shares no code with what writes the books and imports nothing of feeledger: two programs that
agree were not wrong in the same way. It reads the database by its columns, in one snapshot, in
streams, and changes nothing. What it knows of the books is written here a second time, on purpose.
"""
