"""How a call lives: two tables, the timers, and one pure step from case and event to case and effects."""
