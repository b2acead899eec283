"""What would make a picture better: concrete edits, each judged before and after."""
