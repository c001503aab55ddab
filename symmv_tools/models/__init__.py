"""Neural networks: tensors in, tensors out, no files of the store."""
