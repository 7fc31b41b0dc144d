"""Word problems: what the numbers of a request come to, each with its working, and nothing where there is no problem."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.brief.read import read
from agent.decisions.estimates.every import estimates
from agent.decisions.estimates.reading import Request
from agent.decisions.figures import numbers


def found(text: str) -> dict[str, float]:
    return {number.name: number.value for number in numbers(read(text))}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("a request costs 8 ms of CPU, 600 a second at peak: 600 rps. cores below 50 % please", "cores to order", 10),
        (
            "six workers, each loads the model of 2.5 GB, and the container limit is 8Gi",
            "memory of the model's copies",
            15,
        ),
        ("is it worth waiting 5 ms to batch at 400 requests per second?", "requests gathered in the window", 2),
        ("500 predictions per second, each reads 7 features from redis", "lookups", 3500),
        ("we log every prediction, 3 kB each, 200 requests per second, and keep it 30 days", "kept", 1555.2),
        ("train on 10 million rows by 50 columns of float32", "the table in memory", 2.0),
        ("tell 2 % errors from 3 % in the canary", "cases each arm needs", 3826),
        ("drift test on 25 features at p < 0.04", "false alarms a round", 1.0),
        ("SLO is 99.5 % availability and 2 % of requests fail", "burn rate", 4),
        ("accuracy of 80 % on 400 rows", "uncertainty of the measured share", 3.92),
        ("2 in a thousand transfers are fraud", "accuracy of always saying no", 99.8),
        ("five services, all of them needed, each at 99.9 % availability", "all of them together", 99.501),
        ("grid search: 3 learning rates, 4 depths, one fit takes 10 minutes", "time for the full grid", 2),
        ("batch 8 per GPU, 4 GPUs, gradient accumulation 4: what is the effective batch?", "effective batch", 128),
        ("the sensor's network has 50,000 weights", "weights in int8", 50),
        ("8B model on a 24 GB card: 32 layers, 8 kv heads of 128", "cache a token", 131.072),
        ("7B in 4 bit, the CPU's memory bandwidth is 100 GB/s", "one stream, at most", 100 / 3.5),
        ("70B model on cards of 80 GB VRAM each, serve it with vLLM", "cards for the weights alone", 2),
        ("20 workers for 5 hours each day at $0.40 an hour", "the month", 1200),
        ("a GPU at $2 an hour around the clock or $0.004 per request?", "break-even", 12_000),
        (
            "1,000 mails a day, prompt 2,000 tokens, answer 100 tokens, $2 per million tokens in and $10 per million tokens out",
            "tokens a month",
            150,
        ),
        ("a replica handles 60 rps; we expect 900 rps with pods at most 75 % loaded", "replicas", 20),
        (
            "each call uses 30 ms of cpu and 50 of them arrive per second, cores no busier than half",
            "cores to order",
            3,
        ),
        ("on average 110 rps, at the evening peak five times that", "peak rate", 550),
        ("300 calls a second that take 0.2 s each: how many are open at the same time?", "requests in flight", 60),
        (
            "one worker needs 10 ms a job, 60 jobs come in per second: how long do they wait in the queue?",
            "waiting in the queue",
            15,
        ),
        ("a search fans out into 40 calls, 0.5 % of them are slow", "requests that meet one such call", 18.17),
        ("75 % cache hits at 4 ms, the rest takes 100 ms. average?", "mean latency with the cache", 28),
        ("cache hit rate 80 %, 400 requests per second", "what misses the cache", 80),
        ("parsing 5 ms, features 12 ms, model 20 ms; the budget is 50 ms. what is left?", "sum of the stages", 37),
        ("timeout of 3 s and 2 retries", "longest wait with the retries", 9000),
        ("half of the request's time is tokenising, made five times as fast", "speed-up of the whole", 1.667),
        ("training on 4 GPUs is 3 times as fast", "efficiency of the scaling", 75),
        ("a batch of 8 takes 20 ms, a single one takes 5 ms", "in batches", 400),
        ("the camera sends 20 frames a second, the model needs 80 ms", "frames it manages", 12.5),
        ("answer of 200 tokens at 25 tokens a second", "time of the whole answer", 8),
        (
            "the server gives 900 tokens a second in total, each user wants 30 a second: how many users?",
            "users at once",
            30,
        ),
        ("20 million rows within four hours, score them as a batch", "rate the window needs", 1388.9),
        ("36 million accounts, it scores 2,000 a second. how long?", "how long it takes", 5),
        (
            "one process does 500 rows a second; 54 million rows, ten hours: how many processes?",
            "processes for the window",
            3,
        ),
        ("the job takes 40 minutes, we kill it after 3 times that", "time-out", 120),
        ("usually runs 2 hours, the window is five hours", "slack in the window", 180),
        ("9,000 images to label, 12 seconds each", "work by hand", 30),
        ("our logs are 40 GB a day, gzip makes a quarter of it, keep them 60 days", "kept, compressed", 600),
        ("2 million images with embeddings of 256 dimensions", "raw vectors", 2.048),
        ("10,000 pictures of 100x100x3 as float32", "the images, decoded", 1.2),
        ("the encoder's file is 400 MB in float32, what in int8?", "the weights in fewer bits", 100),
        ("LoRA on a 7B, adapters 2 % of the weights, how much memory?", "LoRA: frozen weights and adapters", 16.24),
        ("a 16 GB card, a 3B in 16 bits, the cache of a user is 0.8 GB: users?", "conversations at once", 10),
        (
            "0.4 % fail today, the canary gets 10 % of 90 requests a second, notice if they double",
            "time to see it",
            10.82,
        ),
        ("80 metrics at the 5 % level", "level for one false round in many", 0.000625),
        ("9 out of 90 checked summaries were wrong", "uncertainty of the measured share", 6.198),
        (
            "it fails on 1 in 200 pages. how many must I read to see it once at least once?",
            "cases until one is met",
            598,
        ),
        ("80 true positives, 20 false positives, 80 missed", "F1", 61.54),
        ("defects are 1 %, we detect 90 % of them and reject 3 % of good parts", "precision", 23.26),
        ("accuracy went from 80 % to 85 %", "errors that are gone", 25),
        ("p95 went from 50 ms to 80 ms", "change in percent", 60),
        ("traffic of 200 requests a second grows 20 % a month, in six months?", "after 6 months", 597.2),
        ("labels arrive after 30 days, 500 loans a day", "decisions without a label", 15_000),
        ("send 25 % of the traffic, 80 requests a second, to the challenger", "the new one's share", 20),
        ("2 % of our 3 million requests a day fail", "2 % of them", 60_000),
        ("99.5 % uptime per year", "downtime a year", 2628),
        ("99.9 % uptime a month, yesterday's outage took 20 minutes: what's left?", "error budget", 23.2),
        ("gateway 99.9 % and model 99 % availability, both are needed", "all of them together", 98.901),
        ("a server is up 98 % of the time, a second one beside it", "either is enough", 99.96),
        ("SLO 99 % and 4 million calls a month", "failures allowed", 40_000),
        ("300 trials of 4 minutes, 6 in parallel", "time for all trials", 3.333),
        ("10 epochs at 24 minutes", "time for all epochs", 4),
        ("300 GPU hours on 10 GPUs that scale at 60 %", "time on the cards", 50),
        ("the training ran 2 days on 8 GPUs at $3 per GPU hour", "price of the GPU hours", 1152),
        ("we retrain every week, 5 hours", "retraining a month", 21.43),
        ("we read 300 GB at 500 MB/s", "time to move the data", 10),
        ("$900 a month, a reservation is 30 % off", "price after the discount", 630),
        ("spot is 60 % off the $2 per hour, 10 % of the work is lost", "price with the rework", 0.88),
        ("2 TB at $0.02 per GB a month and 100 GB out at $0.1 per GB", "storage and traffic", 50),
        ("3 cents per label and 9,000 labels", "all of them", 270),
        ("1 million chunks of 200 tokens at $0.1 per million tokens, what does it cost?", "price of the job", 20),
        ("3 nodes at $2 an hour all month, switched off for 8 hours at night", "saved by switching off", 1440),
        ("the invoice was $600 for 4 million predictions", "budget per million", 150),
    ],
)
def test_a_word_problem_is_worked_out(text: str, name: str, value: float) -> None:
    assert found(text)[name] == pytest.approx(value, rel=0.02)


@pytest.mark.parametrize(
    "text",
    [
        "deploy our model behind an API",
        "batch 64 on 8 GPUs is what the paper used",
        "we have 12 features and 3 teams",
        "the article says 5 % of companies use it",
        "95 % of our users are on Android",
        "p99 must be under 50 ms at 800 rps",
        "it costs $40 a month",
        "version 3.11, port 8080, 2 GB of RAM",
        "5 of 12 teams have moved to the platform",
        "gateway (timeout 10 s, 3 retries), quotes (10 s, 3 retries), model (10 s, 3 retries)",
        "three weeks, one student, two GPUs",
        "more than 30 agents type at once and the first word takes 9 seconds",
        "prompt 900 prompt tokens at $3 per million input and $15 per million output, 500 requests a day",
        "LoRA rank for an 8B on 3k instructions",
        "accuracy is 99.95 % a month",
        "clicks are up 1.8 %, revenue is down 0.6 % in the experiment",
    ],
)
def test_numbers_that_pose_no_problem_are_left_alone(text: str) -> None:
    assert list(estimates(read(text))) == []


@given(st.integers(1, 50_000), st.integers(1, 200))
def test_cores_are_enough_and_one_fewer_is_not(rate: int, cost: int) -> None:
    text = f"one request takes {cost} ms of CPU, peak is {rate} requests per second"
    cores = found(text)["cores to order"]
    work = rate * cost / 1000
    assert cores * 0.6 >= work * (1 - 1e-9)
    assert (cores - 1) * 0.6 < work


@given(st.floats(0.5, 10), st.floats(1.2, 3))
def test_a_larger_difference_needs_no_larger_sample(share: float, factor: float) -> None:
    def need(times: float) -> float:
        text = f"canary: notice when failures go from {share:.2f} % to {share * times:.2f} %"
        return found(text).get("cases each arm needs", math.inf)

    assert need(factor) >= need(factor + 0.5)


@given(st.integers(1, 900), st.integers(2, 5000), st.integers(20, 95))
def test_replicas_carry_the_rate_and_one_fewer_does_not(able: int, rate: int, load: int) -> None:
    need = found(f"one replica copes with {able} rps, we expect {rate} rps, at most {load} % loaded").get("replicas")
    if able >= rate:
        assert need is None
        return
    assert need is not None
    assert need * able * load / 100 >= rate * (1 - 1e-6)
    assert (need - 1) * able * load / 100 < rate


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for number in numbers(read(text)):
        assert math.isfinite(number.value)


@pytest.mark.parametrize(
    ("text", "kind", "value", "per"),
    [
        ("forty-five requests a second", "count", 45, "second"),
        ("three documents come in every second", "count", 3, "second"),
        ("10,000 tickets daily", "count", 10_000, "day"),
        ("half a cent per call", "money", 0.005, "call"),
        ("$0.02 per GB a month", "money", 0.02, "gb month"),
        ("pay-per-call at $0.01", "money", 0.01, "call"),
        ("an 8,000 dollar monthly bill", "money", 8000, "month"),
        ("50 GB of logs per day", "size", 50e9, "day"),
        ("10 Gbit/s", "size", 1.25e9, "second"),
        ("2.5 times that", "factor", 2.5, ""),
        ("90 seconds a fit", "time", 90, "fit"),
        ("one of a thousand", "share", 0.001, ""),
        ("two thirds busy", "share", 2 / 3, ""),
    ],
)
def test_an_amount_has_its_unit_and_what_it_is_per(text: str, kind: str, value: float, per: str) -> None:
    first = next(one for one in Request(read(text)).amounts if one.kind == kind)
    assert (first.value, first.per) == (pytest.approx(value), per)


def test_both_ends_of_a_move_share_their_unit() -> None:
    assert [one.value for one in Request(read("from 45 to 63 ms")).amounts] == [
        pytest.approx(0.045),
        pytest.approx(0.063),
    ]


def test_two_times_that_differ_are_not_chosen_between() -> None:
    text = "200 requests a second at once, 80 ms each here and 300 ms each there"
    assert list(estimates(read(text))) == []


def test_a_list_with_a_knob_nobody_knows_is_multiplied_whole() -> None:
    assert (
        found("sweep: 4 learning rates times 3 warmups times 2 seeds, 45 minutes a run")["time for the full grid"] == 18
    )


def test_a_spare_is_no_level_of_load() -> None:
    text = "one container copes with 70 rps, the sale brings 1,500 rps, at 80 % utilisation plus one in reserve"
    assert found(text)["replicas"] == 27


def test_accumulation_steps_are_not_the_examples_behind_them() -> None:
    text = "8 per GPU, 4 GPUs, 8 accumulation steps, 100,000 examples, 1 epoch: what batch is that?"
    assert found(text)["effective batch"] == 256
