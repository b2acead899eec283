"""GAN: paints new works in the manner of a collection."""
