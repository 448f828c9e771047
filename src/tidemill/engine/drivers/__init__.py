"""Those who do what the engine asks for. They differ in how they wait, and in nothing else."""
