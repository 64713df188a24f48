"""`rkn6` on a CUDA device."""

from physent.engines.nlse.methods.rkn6 import METHOD as ON_CPU
from physent.engines.nlse.methods.split_cuda import on_device

METHOD = on_device(ON_CPU)
