"""Laws that ask for a report: their clocks as configuration, when each runs out, and drafts from facts given once."""
