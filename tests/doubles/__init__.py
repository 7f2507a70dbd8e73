"""Doubles: real small things that stand in for a port, each kept honest by that port's contract suite."""
