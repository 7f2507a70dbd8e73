"""Ways in and out for calls: UDP, HTTPS, and calls made offline as a file, a QR code or printed text."""
