"""The page of `atelier studio`: what a person does with pictures and models, in a browser on this machine."""
