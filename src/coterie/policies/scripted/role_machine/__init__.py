"""The role machine in Python: what the native team `cogsguard` of `role` does, written to be read."""

# `sight` reads tokens, `board` is what a team knows, `search` finds ways on it, `ground` says where home is,
# `moment` moves Cogs, `roles` says what they want, `team` puts these in order. What only `cogsguard` and
# `teacher` ask of the native team, roles by what is known and roles in turn, has no twin here.
#
# Both make the same decisions, because what decides between equals is the same in both: sites count in the
# order in which they were first seen (Cog by Cog in row order, each Cog's things nearest first); of sites or
# roles with one score the first wins; of ways of one length the one whose first differing move comes first
# among north, south, west, east; Cogs act in row order, and who acts later sees what the earlier decided.
