"""Questions: the words that carry their meaning, and how much each of them tells.

Function words, and the phrases that only frame a question ("what is the difference between"), say nothing about its
subject (Callan and Croft, "An Evaluation of Query Processing Strategies Using the TIPSTER Collection", SIGIR 1993,
call the latter stop structure). What is left is weighed by its inverse document frequency over the sentences of the
reference (Sparck Jones, "A Statistical Interpretation of Term Specificity", Journal of Documentation 28(1), 1972):
a word that the reference never uses weighs most of all, so that a question about something else cannot look answered.

Python uses function words as keywords. In `is` and `==`, or in "the with statement", they are meant as code, and count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from keyword import iskeyword
from math import log

from planweave.demo.index import OPERATOR, OPERATORS, Index, spelled

FUNCTION_WORDS = frozenset(
    """
    a an the this that these those some any each every either neither both all another other others such same own
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs one ones oneself
    who whom whose which what when where why how whether there here
    am is are was were be been being do does did done doing have has had having will would shall should can could may
    might must ought cannot isn aren wasn weren don doesn didn haven hasn hadn won wouldn shouldn couldn mustn
    ll ve re s t d m
    and or but nor not no if then than so as because while until unless although though since once
    of in on at by for with without from to into onto out off over under up down about above below between among across
    through during before after against within upon per via like versus vs toward towards along around behind beyond
    just only also too very much many more most less least few little several own again ever never always still yet even
    let lets please rather quite really two
    """.split()
)
FRAME_WORDS = frozenset(
    """
    python tell explain describe show say says know mean means meaning happen happens happened work works working
    difference differences different differ use uses used using get gets getting got make makes made making go goes
    want need way ways thing things kind kinds sort example examples exactly actually
    """.split()
)
CODE_NOUNS = frozenset(
    "statement statements clause clauses keyword keywords operator operators expression loop loops".split()
)
COMPOUND_KEYWORDS = frozenset({("async", "for"), ("async", "with"), ("async", "def"), ("yield", "from")})
QUESTION_WORDS = frozenset("who whom whose which what when where why how".split())
PUNCTUATION = frozenset("-/&|*")
JOINTS = frozenset({"and", "or", "vs", "versus"})

TOKEN = re.compile(
    rf"""
      (?P<mark> [`"'] ) (?P<quoted> [\w.\-]+ (?: \(\) )? | {OPERATOR.pattern} ) (?P=mark)
    | (?P<word> \w+ (?: [.\-] \w+ )* ) (?P<call> \( )?
    | (?P<sign> (?<!\S) (?: {OPERATOR.pattern} ) (?= [\s?.,;!)] | $ ) )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or operator of a question: `text` in lower case, and whether it is meant as `code` beyond doubt."""

    text: str
    code: bool


NO_WORD = Word("", code=False)


@dataclass(frozen=True, slots=True)
class Term:
    """A word that a question is about.

    `asked` is the word as a person reads it, `match` what the index is asked for, and `weight` its inverse document
    frequency in nats. A term that the reference's prose never uses is not `known`.
    """

    asked: str
    match: str
    weight: float
    known: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and the terms that it is about."""

    question: str
    terms: tuple[Term, ...]

    @property
    def weight(self) -> float:
        """What all its terms weigh together."""
        return sum(term.weight for term in self.terms)


def words(question: str) -> list[Word]:
    """The words and operators of a question, in order; repeated ones too.

    >>> [word.text for word in words("Is `not` the same as !=?") if word.code]
    ['not', '!=']
    """
    found: list[Word] = []
    for token in TOKEN.finditer(question):
        if quoted := token["quoted"]:
            found.append(Word(quoted.removesuffix("()").lower(), code=True))
        elif sign := token["sign"]:
            found.append(Word(sign, code=sign not in PUNCTUATION))
        else:
            found.append(Word(token["word"].lower(), code=token["call"] is not None))
    return found


def content(question: str) -> list[tuple[str, str]]:
    """What a question is about: pairs of a word as asked and what to look for, without function words, each once.

    >>> content("How does the with statement work?")
    [('with', 'code_with'), ('statement', 'statement')]
    """
    asked = words(question)
    found: dict[str, str] = {}
    for place, word in enumerate(asked):
        before = asked[place - 1] if place else NO_WORD
        if (before.text, word.text) in COMPOUND_KEYWORDS:
            found.pop(before.text, None)
            found[f"{before.text} {word.text}"] = f"{before.text} {word.text}"
        elif means_code(asked, place):
            found[word.text] = spelled(word.text)
        elif word.text not in OPERATORS | FUNCTION_WORDS and (word.code or word.text not in FRAME_WORDS):
            found[word.text] = word.text
    return list(found.items())


def means_code(asked: list[Word], place: int) -> bool:
    """Whether the word at `place` is meant as a keyword or operator of Python, by the words around it."""
    word = asked[place]
    if word.text not in OPERATORS and not iskeyword(word.text):
        return False
    before = asked[place - 1].text if place else ""
    following, joined = (asked[other] if other < len(asked) else NO_WORD for other in (place + 1, place + 2))
    ends = place + 2 == len(asked)
    return (
        word.code
        or before == "between"
        or (following.text in CODE_NOUNS and before not in QUESTION_WORDS)
        or (following.text in JOINTS and joined.code)
        or (before in {"do", "does"} and following.text in {"do", "mean", "work"} and ends)
    )


def weigh(question: str, index: Index) -> Query:
    """The question with its terms weighed by how rare they are in `index`.

    A compound that the index does not have (`f-strings`, `sys.path`) is looked for part by part. The weight is the
    inverse document frequency of BM25, which is never negative; at no occurrence at all it is greatest.
    """
    terms: list[Term] = []
    for asked, match in content(question):
        parts = [part for part in re.findall(r"\w+", asked) if part not in FUNCTION_WORDS]
        if index.matching(match) or not parts:
            terms.append(term(asked, match, index))
        else:
            terms += [term(part, part, index) for part in parts]
    return Query(question, tuple({term.match: term for term in terms}.values()))


def term(asked: str, match: str, index: Index) -> Term:
    """The term for one word or phrase."""
    count = len(index.matching(match, ["words"]))
    known = count > 0 or bool(index.matching(match))
    count = max(count, int(known))
    return Term(asked, match, log(1 + (index.size - count + 0.5) / (count + 0.5)), known)
