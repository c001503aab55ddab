"""How the shipped annotators, and the models of the papers, are trained."""
