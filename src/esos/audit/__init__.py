"""What can be verified offline, and in which words: receipts, logs and cases, as numbered steps."""
