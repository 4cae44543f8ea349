"""Everything a person can do, one function each: authorise → validate → write → journal."""
