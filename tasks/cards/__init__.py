"""Model cards: what is recorded of a version, in the format of Hugging Face; none of it typed by hand."""
