"""How good annotations are: one export scored against another, with the field's usual scores."""
