"""The connection pool."""

SIZE = 40
