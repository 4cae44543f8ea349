"""The worker: runs long work, beside the API or on other machines. It only calls actions."""
