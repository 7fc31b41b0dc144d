"""Evaluation: suites of cases, running them, what a run recorded, and whether one run is better than another."""
