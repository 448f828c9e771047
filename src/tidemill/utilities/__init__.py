"""Small things users import by these names."""
