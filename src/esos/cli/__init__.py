"""The command line: one verb a file, results on standard output, diagnostics on standard error."""
