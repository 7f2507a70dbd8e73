"""Ways to reach people: one adapter a channel, all under the ``Channel`` port of the station.

Law 4: what a provider says here is "sent", never "delivered" and never "a person has it"; nothing in
this package stops a timer.
"""
