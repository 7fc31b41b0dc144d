"""Retrieval: chunks and vectors, what embedding and keeping them costs, and what a query costs."""

import math

from pydantic import Field

from agent.decisions.costs.hosted import TOKENS, cost_of_request
from agent.decisions.costs.sheet import (
    Count,
    Estimate,
    Maybe,
    MaybeMoney,
    MaybeWhole,
    Naught,
    Request,
    Sheet,
    Whole,
    need,
)
from agent.decisions.costs.units import Money, Rate
from agent.errors import BadRequest

# A rule of thumb for English; code and other languages need more tokens.
CHARACTERS = 4.0
ROUGH = "4 characters a token, a rule of thumb for English: count a sample with the embedding model's tokenizer"


class Corpus(Request):
    """Documents that are cut into chunks, embedded, kept and asked about."""

    documents: Count = Field(description="Documents.")
    tokens: Maybe = Field(None, description="Tokens of a document.")
    characters: Maybe = Field(None, description="Characters of a document, instead of --tokens.")
    characters_per_token: Maybe = Field(None, description="Characters a token stands for; without it 4, for English.")
    chunk: Count = Field(description="Tokens of a chunk.")
    overlap: Naught = Field(0.0, description="Tokens a chunk shares with the one before it.")
    dimensions: MaybeWhole = Field(None, description="Numbers in a vector.")
    bytes: Count = Field(4.0, description="Bytes of each number: 4 for float32, 2 for float16, 1 for int8.")
    index_overhead: Naught = Field(0.0, description="What the index takes on top of the raw vectors, such as 50%.")
    memory: Maybe = Field(None, description="Memory for the vectors in GB (10^9 bytes).")
    embed_price: MaybeMoney = Field(
        None, description="Price of embedding, such as '0.10 USD/million tokens', or an id of the table."
    )
    storage_price: MaybeMoney = Field(None, description="Price of keeping the index, such as '0.02 USD/GB-month'.")
    queries: Maybe = Field(None, description="Queries a day.")
    top_k: Whole = Field(5.0, description="Chunks a query puts before the model.")
    instructions: Naught = Field(0.0, description="Tokens of the fixed prompt.")
    question: Naught = Field(0.0, description="Tokens of a question.")
    answer: Maybe = Field(None, description="Tokens of an answer.")
    price_in: MaybeMoney = Field(
        None, description="Price of tokens in, such as '2 USD/million tokens', or an id of the table."
    )
    price_out: MaybeMoney = Field(None, description="Price of tokens out.")
    changed: Naught = Field(0.0, description="Share of the documents that change in a month, such as 10%.")
    budget: MaybeMoney = Field(None, description="Budget with its period, such as '500 USD/month'.")


def index(corpus: Corpus) -> Estimate:
    """Work a corpus out; raises BadRequest that names the option when something it needs is missing."""
    sheet = Sheet("rag", corpus)
    chunks, tokens = _chunks(corpus, sheet)
    size = _vectors(corpus, sheet, chunks)
    months: list[Money] = []
    if corpus.embed_price is not None:
        once = sheet.money(
            "embedding, once",
            _embedding(corpus.embed_price, tokens),
            f"{tokens / 1e6:,.6g} million x {corpus.embed_price}",
        )
        why = "every chunk: vectors of two models, or of two ways to cut, do not mix"
        sheet.money("embedding again after a change of the model", once, "as at first", why)
        if corpus.changed:
            months.append(Money(once.amount * corpus.changed, once.currency, "month"))
            sheet.money("embedding of changes, a month", months[-1], f"{corpus.changed:.3g} x {once}")
    if corpus.storage_price is not None:
        held = need(size, "--dimensions", "the size of a vector")
        months.append(corpus.storage_price * Rate(held, "GB-month", "month"))
        sheet.money("storage, a month", months[-1], f"{held:,.6g} GB x {corpus.storage_price}")
    if any(item is not None for item in (corpus.queries, corpus.price_in, corpus.price_out)):
        months.append(_queries(corpus, sheet))
    _total(corpus, sheet, months)
    return sheet.estimate()


def chunks_of(tokens: float, chunk: float, overlap: float) -> int:
    """Return the chunks a document is cut into; each after the first brings `chunk - overlap` new tokens."""
    if overlap >= chunk:
        raise BadRequest(
            f"an overlap of {overlap:g} tokens fills the chunk of {chunk:g}", "give an --overlap below --chunk"
        )
    return max(1, math.ceil((tokens - overlap) / (chunk - overlap) - 1e-9))


def _chunks(corpus: Corpus, sheet: Sheet) -> tuple[float, float]:
    """Return all chunks and the tokens in them."""
    if corpus.tokens is not None:
        length = corpus.tokens
    else:
        characters = need(corpus.characters, "--tokens or --characters", "the length of a document")
        per = corpus.characters_per_token or CHARACTERS
        length = characters / per
        assumption = (
            "the tokenizer of the embedding model decides: count a sample" if corpus.characters_per_token else ROUGH
        )
        working = f"{characters:,.0f} characters / {per:g} = {length:,.0f}"
        sheet.number("tokens of a document", length, "tokens", working, assumption)
    each = chunks_of(length, corpus.chunk, corpus.overlap)
    total = each * corpus.documents
    working = f"{corpus.documents:,.0f} x {each:,} (({length:,.0f} - {corpus.overlap:g}) / ({corpus.chunk:g} - {corpus.overlap:g}) tokens, rounded up)"
    sheet.number("chunks", total, "chunks", working, "documents of one length; cut in tokens, not characters")
    tokens = (length + (each - 1) * corpus.overlap) * corpus.documents
    working = f"{corpus.documents:,.0f} x ({length:,.0f} + {each - 1:,} x {corpus.overlap:g} overlap) = {tokens / 1e6:,.6g} million"
    sheet.number("tokens to embed", tokens / 1e6, "million", working)
    return total, tokens


def _vectors(corpus: Corpus, sheet: Sheet, chunks: float) -> float | None:
    if corpus.dimensions is None:
        return None
    raw = chunks * corpus.dimensions * corpus.bytes / 1e9
    size = raw * (1 + corpus.index_overhead)
    working = f"{chunks:,.0f} x {corpus.dimensions:g} x {corpus.bytes:g} bytes = {raw:,.4g} GB"
    sheet.number("raw vectors", raw, "GB", working)
    sheet.number("vectors and index", size, "GB", f"{raw:,.4g} GB x (1 + {corpus.index_overhead:g}) = {size:,.4g} GB")
    if not corpus.index_overhead:
        sheet.warnings.append("the index itself is not counted: give --index-overhead, measured on a sample")
    if corpus.memory is not None:
        fits = size <= corpus.memory
        sheet.judge("fits" if fits else "does not fit", f"{size:,.4g} GB of {corpus.memory:g} GB memory")
        if not fits:
            sheet.changes.append("int8 vectors (--bytes 1), fewer dimensions, larger chunks, or an index on disk")
    return size


def _embedding(price: Money, tokens: float) -> Money:
    if price.period != TOKENS:
        raise BadRequest(
            f"--embed-price {price} is not a price of a million tokens", "for example: '0.10 USD/million tokens'"
        )
    return price * Rate(tokens / 1e6, TOKENS, "once")


def _queries(corpus: Corpus, sheet: Sheet) -> Money:
    queries = Rate(need(corpus.queries, "--queries", "the number of queries a day"), "request", "day")
    answer = need(corpus.answer, "--answer", "the tokens of an answer")
    prompt = corpus.top_k * corpus.chunk + corpus.instructions + corpus.question
    working = f"{corpus.top_k:g} chunks x {corpus.chunk:g} + {corpus.instructions:g} instructions + {corpus.question:g} question = {prompt:,.0f}"
    sheet.number("tokens a query sends", prompt, "tokens", working)
    each = cost_of_request(prompt, answer, corpus.price_in, corpus.price_out)
    if corpus.embed_price is not None and corpus.question:
        each += corpus.embed_price * Rate(corpus.question / 1e6, TOKENS, "request")
    sheet.money(
        "a query",
        each,
        f"{prompt:,.6g} x {corpus.price_in} + {answer:g} x {corpus.price_out}, and the question's embedding",
    )
    day = each * queries
    sheet.money("queries, a month", day.per("month"), f"{each} x {queries.value:,.0f} a day x 30")
    sheet.changes.append("fewer or smaller chunks a query: the context is most of the prompt")
    return day.per("month")


def _total(corpus: Corpus, sheet: Sheet, months: list[Money]) -> None:
    if not months:
        if corpus.budget is not None:
            raise BadRequest(
                "a budget needs a price to be held against", "give --price-in and --price-out, or --storage-price"
            )
        return
    total = months[0]
    for part in months[1:]:
        total += part
    sheet.money("all, a month", total, " + ".join(str(part) for part in months))
    sheet.budget(corpus.budget, total)
