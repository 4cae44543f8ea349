"""Who acts, and what they may do. Pure: no database, no network."""
