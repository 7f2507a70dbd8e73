"""Who signs: identities, key names, and who a station takes a speaker to be."""
