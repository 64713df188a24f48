"""Kernels on a CUDA device: what keeps them from running, how they are launched, and what engines share.

Import nothing here that needs numba's CUDA target: engines import their device methods only when a config asks for
them, so that a machine without a card, or without the extra `cuda`, starts no more slowly.
"""
