"""Pictures are compared with the works that their model learnt from: how near is the nearest, and is it a copy?"""
