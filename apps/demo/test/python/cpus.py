import os


def cpu_count():
    """What Node counts. Python does not know the limits of a container."""
    return int(os.environ["CPU_COUNT"])
