"""`strang` on a CUDA device."""

from physent.engines.nlse.methods.split_cuda import on_device
from physent.engines.nlse.methods.strang import METHOD as ON_CPU

METHOD = on_device(ON_CPU)
