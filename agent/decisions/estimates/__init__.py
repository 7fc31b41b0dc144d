"""Estimates: word problems that requests pose, each read from the request's own words and worked out with its formula."""
