"""What our public surface is held against, and the tests that hold it."""
