"""The fault harness: real servers are killed and restarted under real clients; a checker looks for what was lost.

`python -m reliability` runs it; docs/reliability.md has the meaning and the figures.
"""
