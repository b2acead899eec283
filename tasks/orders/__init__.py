"""Orders of pictures: files that people drop, each filled exactly once."""
