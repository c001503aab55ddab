"""How much a recording repeats itself: structureness indicators from its fitness scape plot."""
