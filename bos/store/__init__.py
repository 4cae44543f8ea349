"""The system of record: PostgreSQL, its tables, documents, changes, journal, jobs and search."""
