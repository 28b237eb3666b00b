"""The review: what needs a decision and why, the decision and the step it starts, and the protocol of a session.

`rules` and `duplicates` are pure; `reading` fetches what they need in one go, `running` writes only what changed;
`queries` and `actions` are what a person sees and does; `protocol` puts a session on paper.
"""
