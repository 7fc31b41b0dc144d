from collections.abc import Sequence

from semantic_router.encoders import DenseEncoder

class Route:
    def __init__(self, *, name: str, utterances: Sequence[str]) -> None: ...

class RouteChoice:
    name: str | None

class IndexedRouter:
    def __init__(self, encoder: DenseEncoder, routes: Sequence[Route], *, aggregation: str) -> None: ...
    def __call__(self, query: str) -> RouteChoice: ...
