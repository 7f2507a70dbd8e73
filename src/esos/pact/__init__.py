"""The four questions as data: who may call, about which threats, who must help, and with what.

Law 1: the threshold's grammar has no word for an actor. Law 5: no pact can switch off the timers
that keep somebody in charge.
"""
