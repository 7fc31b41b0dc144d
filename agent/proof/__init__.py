"""Running things and keeping the proof: commands, servers, probes, bounded load, Evidence and Progress."""
