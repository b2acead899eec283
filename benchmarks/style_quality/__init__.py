"""How well methods of style transfer paint: the yardstick of docs/style_quality.md."""
