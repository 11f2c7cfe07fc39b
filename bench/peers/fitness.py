"""What a peer says about itself before it is timed: the answer to the command {"facts": true}."""
import os
import time

import torch

torch.set_num_threads(os.cpu_count() or 1)


def gflops():
    """Of a product of two float32 matrices 1024 x 1024; the best of a few."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    times = []
    with torch.no_grad():
        for _ in range(8):
            start = time.perf_counter()
            a @ b
            times.append(time.perf_counter() - start)
    return 2 * 1024**3 / min(times) / 1e9


def facts():
    libraries = {line.split("/")[-1].strip() for line in open("/proc/self/maps") if "blas" in line}
    return {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "gflops": gflops(),
        "blas": ", ".join(sorted(libraries)),
    }
