"""What is lost when processes are killed in the middle of a model's life."""
