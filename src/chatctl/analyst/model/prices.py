"""What tokens cost, by the price list that comes with genai-prices: no network is asked."""

from typing import Final

from genai_prices import Usage, calc_price

from chatctl.analyst.model.providers import REPLAY

# The price list has one name for each company; Pydantic AI has one for each of its protocols or products.
_COMPANIES: Final = {
    "openai-chat": "openai",
    "openai-responses": "openai",
    "google-cloud": "google",
    "bedrock": "aws",
    "xai": "x-ai",
}


def cost(
    model: str, *, input_tokens: int, output_tokens: int, cached_tokens: int = 0, cache_written_tokens: int = 0
) -> float | None:
    """US dollars of one reply of `PROVIDER:NAME` today; None for one whose price is not known.

    A recording costs nothing. `input_tokens` include those read from and written to a provider's cache, whose prices
    differ. Replies are priced one by one: some prices rise with the length of a request.
    """
    provider, _, name = model.partition(":")
    if provider == REPLAY:
        return 0.0
    # Counts come from servers of every kind; more cached tokens than there are would be refused.
    read = min(cached_tokens, input_tokens)
    written = min(cache_written_tokens, input_tokens - read)
    usage = Usage(
        input_tokens=input_tokens, output_tokens=output_tokens, cache_read_tokens=read, cache_write_tokens=written
    )
    try:
        return float(calc_price(usage, name, provider_id=_COMPANIES.get(provider, provider)).total_price)
    except LookupError:
        return None
