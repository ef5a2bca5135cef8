"""The demonstration: a research workflow over a text that nobody here wrote.

The text is the language reference that ships with every Python (`pydoc_data.topics`, the pages behind
`help("import")`). A question is searched in it, the best topics are read in parallel, and the sentences that bear on
the question are ranked, condensed and quoted, each with its place, in a report that is checked against the text
again before anyone sees it.

The modules here are pure functions over small frozen values, one noun a file; `research` composes them into a workflow:

- `library`: the topics, and one topic's text
- `layout`, `sentences`: where the prose of a topic is, and its sentences with their exact places
- `question`: the words of a question that carry its meaning, and how much each of them tells
- `search`: which topics bear on a question, and whether there is evidence at all
- `quotation`: a span of a topic that may be quoted, and the check that it is verbatim
- `ranking`: which quotations answer best, without saying the same thing twice
- `report`, `verification`: the report in Markdown, and the independent check of one
"""
