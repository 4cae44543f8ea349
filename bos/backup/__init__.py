"""Backup and restore of a home: database, lake and files in one sealed archive, keys in another.

``bos backup`` and ``bos restore`` are the ways in; ``docs/operations.md`` says what is in an archive.
"""
