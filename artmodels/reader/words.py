"""Texts as words: how they are parted, and which are known."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

PADDING, UNKNOWN, FIRST = 0, 1, 2
"""Numbers that are no word's, and that of the first word."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+|[^\w\s]|_")


class Word(NamedTuple):
    """A word or a mark of punctuation, and where it stands in its text."""

    text: str
    start: int
    end: int

    @property
    def spoken(self) -> bool:
        """Whether it is a word, and no mark or number."""
        return self.text[0].isalpha()


def part(text: str) -> list[Word]:
    """Part a text into words, numbers and marks, in lower case."""
    return [Word(found[0].lower(), *found.span()) for found in _WORD.finditer(text)]


class Vocabulary:
    """The words that a reader knows, numbered from 2 on in alphabetical order."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self._numbers = {word: number for number, word in enumerate(self.words, start=FIRST)}

    @classmethod
    def of_texts(cls, texts: Iterable[str], least: int) -> "Vocabulary":
        """Know the words that stand in `least` texts or more."""
        counts = Counter(word for text in texts for word in {one.text for one in part(text)})
        return cls(sorted(word for word, count in counts.items() if count >= least))

    def __len__(self) -> int:
        """How many numbers there are, those that are no word's included."""
        return len(self.words) + FIRST

    def __contains__(self, word: str) -> bool:
        return word in self._numbers

    def numbers(self, words: Sequence[Word]) -> list[int]:
        """Return the number of each word, `UNKNOWN` where it is not known."""
        return [self._numbers.get(word.text, UNKNOWN) for word in words]
