"""The station's HTTP door: an interface for programs, pages for people, and one form for every refusal."""
