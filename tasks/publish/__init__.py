"""What leaves the store for its readers."""
