"""The front door: parse the call, call one function below, print. Bodies import lazily."""
