"""Decisions: the five request checks, decision frameworks, calculators, and the plan an answer is written from."""
