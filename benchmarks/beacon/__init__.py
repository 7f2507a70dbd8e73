"""The call under loss: our carrier and other protocols over one lossy, delaying link between two network namespaces."""
