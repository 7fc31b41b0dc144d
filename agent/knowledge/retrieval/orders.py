"""Passages of other people's documents that give orders to an assistant: they are told of, and not quoted in answers."""

import re

# What no documentation says to its human reader. English only: it is one fence, not the wall; the wall is that a quote is
# data, whoever reads it, and that nothing runs without a yes.
ORDERS = re.compile(
    r"(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|every|the|your|of|these|those|previous|prior|above|earlier|preceding"
    r"|foregoing|original|system|safety|other)\s+){1,5}(?:instructions?|prompts?|rules|messages|directions|guidelines|constraints|context)"
    r"|you\s+are\s+(?:now|no\s+longer)\s+(?:in|an?|the|bound|allowed|acting|operating|free)\b"
    r"|^\s*(?:\#{1,6}\s*|\*\*)?(?:system|developer|assistant)(?:\s+(?:prompt|message|override))?(?:\*\*)?\s*:\s*"
    r"(?:you|from\s+now|ignore|grant|allow|enable|disable|always|never|sure|override|execute|run|reveal)\b"
    r"|(?:do\s+not|don't|never)\s+(?:tell|inform|warn|alert|show)\s+the\s+(?:user|human|operator)\b"
    r"|(?:tell|instruct|ask|convince|order|get)\s+the\s+(?:user|human|reader|operator)\s+to\s+(?:run|execute|paste|visit|click|download|install"
    r"|send|open|type|disable|approve|ignore)\b"
    r"|<\|(?:im_start|im_end|system|endoftext|start_header_id)\|>|\[/?INST\]|<</?SYS>>"
    r"|\b(?:new|updated|real|actual|hidden|secret)\s+(?:system\s+)?instructions\s*(?::|are\b|follow\b)"
    r"|(?:reveal|print|repeat|output|leak)\s+(?:me\s+)?(?:your|the)\s+(?:\w+\s+)?(?:system\s+prompt|instructions|api\s+keys?|credentials|secrets)\b",
    re.IGNORECASE | re.MULTILINE,
)


def orders(text: str) -> bool:
    """Whether a text gives orders to an assistant that reads it."""
    return ORDERS.search(text) is not None
