"""How bad it is: observed effects in, a severity interval and its explanation out.

Law 1: nothing in this package has a field for who did it, and no field takes free text, so no
answer can smuggle one in. Law 12: whole numbers only; the same facts give the same bytes.
"""
