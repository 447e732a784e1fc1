"""What differs between two networks: aligned by structure, field by field, whatever things are called."""
