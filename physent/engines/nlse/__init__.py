"""The one-dimensional nonlinear Schrödinger equation on a periodic line."""
