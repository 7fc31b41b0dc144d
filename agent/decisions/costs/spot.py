"""What interruptions cost: the expected time of work that is interrupted and goes on from its last checkpoint."""

import math

# With this many interruptions expected in one interval it takes about 3,000 tries; it also keeps exp() in range.
HOPELESS = 8.0


def stretch(rate: float, checkpoint: float, restart: float = 0.0) -> float:
    """Return how many times longer work takes when it is interrupted `rate` times an hour, at random and at any time.

    `checkpoint` and `restart` are hours: the work between two checkpoints, and the time to begin again. With exponential
    times between interruptions, an interval of t hours is expected to take (exp(rate x t) - 1) x (1 / rate + restart): each
    failed try loses what it did, then restarts. To the first order that is rate x (t / 2 + restart) more, half an interval
    an interruption (Young 1974, Daly 2006). Returns infinity where a job would hardly ever end.
    """
    exponent = rate * checkpoint
    if exponent > HOPELESS:
        return math.inf
    # expm1 keeps small rates exact; (1 / rate + restart) / checkpoint is written so that no small rate is divided by.
    tries = math.expm1(exponent) / exponent if exponent else 1.0
    return tries * (1 + rate * restart)
