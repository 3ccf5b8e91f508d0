"""The checks of scripts/check-docs, one a file."""
