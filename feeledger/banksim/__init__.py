"""A bank in a box: plays a bank against the signed API, and writes down what it sends before it sends it."""
