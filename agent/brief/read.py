"""Reading a request into a Brief: numbers with their units, names, wishes and exclusions."""

from agent.brief.counts import counts
from agent.brief.freshness import freshness
from agent.brief.kind import kind
from agent.brief.latency import latencies
from agent.brief.measures import availability, measures
from agent.brief.mentions import Table, cpu_only, mentions, no_feedback
from agent.brief.model import Brief, Mention
from agent.brief.money import budgets
from agent.brief.names import ENVIRONMENTS, FRAMEWORKS, HARDWARE, MODELS
from agent.brief.pattern import Pattern
from agent.brief.rates import rates, volumes
from agent.brief.scene import Scene
from agent.brief.sizes import parameters, sizes
from agent.brief.task import task
from agent.brief.times import deadlines
from agent.brief.words import PRACTICES

MAX_TEXT = 20_000

PRACTICE_TABLE, ENVIRONMENT_TABLE, FRAMEWORK_TABLE = Table(PRACTICES), Table(ENVIRONMENTS), Table(FRAMEWORKS)
MODEL_TABLE, HARDWARE_TABLE = Table(MODELS), Table(HARDWARE)
FILE = Pattern(
    r"(?<![\w/.~-])[\w./~-]*[\w-]\.(?:skops|joblib|pkl|pickle|onnx|ubj|safetensors|pth?|json|jsonl|csv|tsv|parquet|gguf|tflite|keras|h5|mlmodel|engine|npz|npy|"
    r"ya?ml|toml|py|ipynb|tf|sql|ini|cfg|conf|txt|sh|md)\b(?![\w/-]|\.\w)|(?<![\w/.-])(?:[\w./-]*/)?Dockerfile\b"
)


def read(text: str) -> Brief:
    """Read a request. Only its first 20,000 characters are read; nothing is ever filled in."""
    scene = Scene(text[:MAX_TEXT])
    models, _ = mentions(scene, MODEL_TABLE)
    hardware, no_hardware = mentions(scene, HARDWARE_TABLE)
    frameworks, no_frameworks = mentions(scene, FRAMEWORK_TABLE)
    frameworks = _traced(scene, frameworks)
    environment, no_environment = mentions(scene, ENVIRONMENT_TABLE)
    practices, no_practices = mentions(scene, PRACTICE_TABLE)
    # That H100s cannot be had says nothing against GPUs.
    no_environment = tuple(m for m in no_environment if m.name != "gpu" or m.words.lower().startswith("gpu"))
    excluded = _once((*no_practices, *no_environment, *no_frameworks, *no_hardware))
    if (gpu := cpu_only(scene)) and not any(mention.name == "gpu" for mention in (*environment, *excluded)):
        excluded = (*excluded, gpu)
    if (labels := no_feedback(scene)) and not any(mention.name == "feedback" for mention in excluded):
        excluded = (*excluded, labels)
        practices = tuple(mention for mention in practices if mention.name != "feedback")
    counted, sized, paced = counts(scene), parameters(scene), rates(scene)
    what, task_words = task(scene, models, frameworks, (*counted, *sized, *paced))
    asked, kind_words = kind(scene)
    data_size, memory = sizes(scene)
    return Brief(
        text=scene.text,
        kind=asked,
        kind_words=kind_words,
        task=what,
        task_words=task_words,
        latency=latencies(scene),
        throughput=paced,
        volume=volumes(scene),
        availability=availability(scene),
        budget=budgets(scene),
        data_size=data_size,
        memory=memory,
        counts=counted,
        freshness=freshness(scene),
        deadline=deadlines(scene),
        measures=measures(scene),
        parameters=sized,
        models=models,
        frameworks=frameworks,
        environment=environment,
        hardware=hardware,
        practices=practices,
        excluded=excluded,
        files=tuple(dict.fromkeys(match[0] for match in FILE.finditer(scene.prose))),
    )


def _traced(scene: Scene, named: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """What is named with what speaks in the traces and code blocks: a torch error is one of PyTorch."""
    if not scene.traces.strip():
        return named
    found = {mention.name: mention for mention in named}
    for hit in FRAMEWORK_TABLE.hits(scene.traces):
        found.setdefault(hit.name, Mention(name=hit.name, words=scene.words(hit.start, hit.end)))
    return tuple(found.values())


def _once(found: tuple[Mention, ...]) -> tuple[Mention, ...]:
    return tuple({mention.name: mention for mention in reversed(found)}.values())[::-1]
