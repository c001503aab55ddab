"""Retrieval and diversity: pure functions of similarity matrices and of features, with chance beside them."""
