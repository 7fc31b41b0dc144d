"""What a batch job is told by."""

from pydantic import Field

from agent.decisions.costs.sheet import Count, Maybe, MaybeMoney, MaybeWhole, Naught, Request, Seconds, Whole


class Job(Request):
    """A job over `rows` rows that runs again and again on nodes that are paid by the hour."""

    rows: Count = Field(description="Rows a run works through.")
    window: Seconds = Field(None, description="Time a run may take, from its start to the deadline.")
    workers: MaybeWhole = Field(None, description="Workers that run side by side.")
    rate: Maybe = Field(None, description="Measured rows a second of one worker.")
    duration: Seconds = Field(None, description="Measured time of a whole run, instead of --rate.")
    nodes: MaybeWhole = Field(None, description="Nodes paid for; without it, what the workers need.")
    workers_per_node: Whole = Field(1.0, description="Workers on one node.")
    price: MaybeMoney = Field(
        None, description="Price of a node, such as '0.30 USD/hour', or an id of the price table."
    )
    spot_price: MaybeMoney = Field(None, description="Price of an interruptible node.")
    interruptions: Naught = Field(0.0, description="Interruptions of one spot node in an hour, such as 0.05.")
    checkpoint: Seconds = Field(
        None, description="Work between two checkpoints; without it, the whole run is repeated."
    )
    restart: Seconds = Field(None, description="Time until an interrupted worker works again.")
    runs_per_day: Count = Field(1.0, description="Runs a day; a month has 30 days.")
    storage: MaybeMoney = Field(None, description="Storage, with its own period, such as '6 USD/month'.")
    network: MaybeMoney = Field(None, description="Network, with its own period, such as '1 USD/day'.")
    other: MaybeMoney = Field(None, description="Anything else, with its own period.")
    stored_gb: Maybe = Field(None, description="GB kept at a time, for --storage-price.")
    storage_price: MaybeMoney = Field(None, description="Price of storage, such as '0.02 USD/GB-month'.")
    moved_gb: Maybe = Field(None, description="GB a run moves over a paid link, for --network-price.")
    network_price: MaybeMoney = Field(None, description="Price of moving data, such as '0.01 USD/GB'.")
    budget: MaybeMoney = Field(None, description="Budget with its period, such as '500 USD/day'.")
    timeout: Seconds = Field(None, description="When the scheduler gives a run up.")
    retention: Seconds = Field(None, description="How long a run's results are kept.")
    fallback: Seconds = Field(None, description="How old the results may be that stand in for a failed run.")
    entities: Maybe = Field(
        None, description="Users or items the rows are about, when coverage is judged against them."
    )
