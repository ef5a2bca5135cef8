"""The demonstration: a research workflow over a text that nobody here wrote.

The text is the language reference that ships with every Python (`pydoc_data.topics`, the pages behind
`help("import")`). A question is searched in it, the best topics are read in parallel, and the sentences that bear on
the question are ranked, condensed and quoted, each with its place, in a report that is checked against the text
again before anyone sees it.

The modules here are pure functions over small frozen values, one noun a file; `research` composes them into a workflow:

- `library`: the topics, and the text of one
- `layout`, `sentences`, `excerpts`: where the prose of a topic is, its sentences, and what of it can be quoted
- `index`: full-text search over sentences
- `question`, `search`: what a question is about, which topics bear on it, and whether there is evidence at all
- `extraction`, `quotation`: the quotations from one topic, and the check that they are verbatim
- `ranking`: which of them answer best, without saying the same thing twice
- `report`, `verification`: the report in Markdown, and the check of a report by code that did not write it

It answers by quoting, and knows words, not meanings: a question in other words than the reference's ("walrus operator")
finds nothing, and now and then one about something else finds a sentence that shares its words.
"""
