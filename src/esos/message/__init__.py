"""What is said: canonical CBOR, COSE signatures, statements and their kinds, the call packet."""
