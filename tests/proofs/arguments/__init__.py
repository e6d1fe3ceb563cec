"""The arguments that the proof of properties tries: made of type hints, usual values with an odd one here and there.

A new argument or option is picked up by itself; one of a type that nobody has met yet fails with what to add in
``areas``, where each area has a module.
"""
