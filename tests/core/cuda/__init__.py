"""Tests of kernels on a CUDA device; without one, in numba's simulator."""
