"""What a run becomes by entering a state, whichever rules let it: the transforms of the global policies.

Each is asked for every state that is written, after the rules and in the policy's order.
"""
