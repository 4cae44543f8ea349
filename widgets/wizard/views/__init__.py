"""The pages of the wizard, one module each: from state to view, nothing else."""
