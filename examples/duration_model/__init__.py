"""How long will a taxi trip take? A training pipeline as a flow. Run it with ``python -m examples.duration_model``."""
