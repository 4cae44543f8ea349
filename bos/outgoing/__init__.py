"""The way out of BOS: to hosts that the operator allows, and to no other."""
