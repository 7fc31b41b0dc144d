"""The frameworks: one tree a subject. Figures in the reasons are those of knowledge/, which an answer cites."""

from agent.brief.model import Brief
from agent.decisions.framework import Framework, Question, Recommendation

# A rate that one process of a Python service with a converted tabular model cannot be expected to carry.
HIGH_RATE = 2000.0
TIGHT_MILLISECONDS = 10.0
LARGE_VOLUME = 500_000_000.0
LARGE_GIGABYTES = 2000.0
SMALL_MODEL_BILLIONS = 4.0


def _rate_above(brief: Brief) -> bool | None:
    return max(rate.value for rate in brief.throughput) > HIGH_RATE if brief.throughput else None


def _tight(brief: Brief) -> bool | None:
    target = brief.target()
    return target.milliseconds < TIGHT_MILLISECONDS if target is not None else None


def _many_models(brief: Brief) -> bool | None:
    return True if brief.runs_on("kubernetes") else None


def _idle(brief: Brief) -> bool | None:
    return True if brief.runs_on("serverless") else (False if brief.throughput or brief.volume else None)


def _deep_on_gpu(brief: Brief) -> bool | None:
    if brief.excludes("gpu") or brief.runs_on("cpu"):
        return False
    deep = any(model.name in {"neural network", "bert", "embedding model"} for model in brief.models)
    return deep and brief.runs_on("gpu") if brief.models or brief.frameworks else None


def _staged(brief: Brief) -> bool:
    return brief.asks("canary") or brief.asks("a/b test")


def _shadowed(brief: Brief) -> bool:
    return brief.asks("shadow")


def _no_accelerator(brief: Brief) -> bool | None:
    return (
        True
        if brief.excludes("gpu") or (brief.runs_on("cpu") and not brief.runs_on("gpu"))
        else (False if brief.runs_on("gpu") else None)
    )


def _small_model(brief: Brief) -> bool | None:
    return max(size.value for size in brief.parameters) <= SMALL_MODEL_BILLIONS if brief.parameters else None


def _own_weights(brief: Brief) -> bool | None:
    named = (
        bool(brief.parameters)
        or brief.runs_on("gpu", "on-premises")
        or any(f.name in {"vllm", "llama.cpp", "transformers"} for f in brief.frameworks)
    )
    return True if named or brief.asks("privacy") else None


def _browser(brief: Brief) -> bool | None:
    return True if brief.runs_on("browser") else (False if brief.runs_on("mobile") else None)


def _large(brief: Brief) -> bool | None:
    if brief.volume:
        return max(volume.value for volume in brief.volume) > LARGE_VOLUME
    return any(size.value > LARGE_GIGABYTES for size in brief.data_size) if brief.data_size else None


def _distributed(brief: Brief) -> bool | None:
    return True if brief.asks("distributed") else None


def _interactive(brief: Brief) -> bool | None:
    return True if brief.asks("interactive") else None


def _several_teams(brief: Brief) -> bool | None:
    text = brief.text.lower()
    return True if any(word in text for word in ("teams", "several models", "many models", "shared", "reuse")) else None


OWN_SERVICE = Recommendation(
    "A small ASGI service of your own, one process a core, the model converted to a fast engine",
    "For a model that answers in about a millisecond the library's Python overhead and the framework are the cost; "
    "on a tabular model every serving framework measured stayed at or near plain FastAPI per unit of CPU.",
    ("several models that share scarce GPUs", "a team that must operate dozens of models the same way"),
    ("FastAPI", "ONNX Runtime"),
)

SERVING = Framework(
    "serving strategy",
    Question(
        "Is it a neural network that needs a GPU?",
        _deep_on_gpu,
        Recommendation(
            "A server with dynamic batching on the GPU",
            "A GPU is idle between single requests; batching those that wait together is what pays for it.",
            ("the model fits the latency target on a CPU after conversion", "traffic too thin to ever form a batch"),
            ("Triton Inference Server", "Ray Serve"),
        ),
        Question(
            "Is the latency target below 10 ms?",
            _tight,
            Recommendation(
                "The model inside the process that needs the answer, or a service beside it, as a converted engine without a framework",
                "Below 10 ms a network hop and a general framework use most of the target; the converted model itself takes microseconds.",
                ("callers in other languages or on other machines", "a model that cannot be converted exactly"),
                ("ONNX Runtime",),
            ),
            Question(
                "Is the peak above 2,000 requests a second?",
                _rate_above,
                Recommendation(
                    "Replicas of one lean service behind a load balancer, scaled on requests in flight",
                    "Above a few thousand requests a second the engine and the decoding decide; replicas of a lean process scale in a line, "
                    "and concurrency tells about load before CPU does.",
                    ("a measured CPU cost per request that one machine can carry",),
                    ("FastAPI", "ONNX Runtime", "KServe"),
                ),
                Question(
                    "Does Kubernetes run already?",
                    _many_models,
                    Recommendation(
                        "The same small service as an ordinary Deployment, scaled on requests in flight; KServe once there are many models",
                        "One model needs a Deployment, probes and an autoscaler; a model-serving layer earns its upkeep with the tenth.",
                        ("many models, or scale to zero wanted",),
                        ("FastAPI", "KServe"),
                    ),
                    Question(
                        "Is it idle most of the time?",
                        _idle,
                        Recommendation(
                            "The container on a serverless platform that scales to zero",
                            "Nothing is paid while idle; the price is a cold start, which warm-up inside readiness makes visible.",
                            ("a steady load", "a p99 target that a cold start would break"),
                            ("FastAPI",),
                        ),
                        OWN_SERVICE,
                    ),
                ),
            ),
        ),
    ),
)

ROLLOUT = Framework(
    "deployment strategy",
    Question(
        "Is a staged release asked for?",
        _staged,
        Recommendation(
            "Canary with a stop rule written down before it starts",
            "A share of real traffic shows errors and latency within minutes; a difference in model quality needs a sample size worked out first.",
            ("answers that must stay the same for one user: split by user, not by request",),
        ),
        Question(
            "Is a comparison without risk asked for?",
            _shadowed,
            Recommendation(
                "Shadow: the new version sees copies of requests and its answers are logged, never returned",
                "It proves load, latency and agreement with the old version, and says nothing about how users react.",
                ("side effects in the prediction path",),
            ),
            Recommendation(
                "Blue-green: the new version beside the old, switched at once, the old kept running until the new has proved itself",
                "The way back is the switch itself, so it is as fast as the way forward, and needs no traffic splitting.",
                ("twice the capacity is not to be had", "the risk must be limited to a few users first: canary"),
            ),
        ),
    ),
)

LLM = Framework(
    "LLM serving",
    Question(
        "Must the weights run on machines of yours?",
        _own_weights,
        Question(
            "Are you without a GPU?",
            _no_accelerator,
            Question(
                "Is the model small (at most 4 billion parameters)?",
                _small_model,
                Recommendation(
                    "llama.cpp with a 4-bit model, measured on your own prompts first",
                    "On a CPU each token reads all the weights, so memory bandwidth divided by their size bounds the tokens a second.",
                    ("several users at once", "answers longer than users will wait for"),
                    (),
                ),
                Recommendation(
                    "Do not serve this model on a CPU: take a smaller model, a GPU, or a hosted API",
                    "On a CPU each token reads all the weights, so memory bandwidth divided by their size bounds the tokens a second, for one user at a time.",
                    ("offline work where minutes an answer are fine",),
                    ("vLLM",),
                ),
            ),
            Recommendation(
                "vLLM on the smallest GPU that holds the weights and the KV cache of your concurrency",
                "Continuous batching is what makes a GPU pay for text generation; memory, not arithmetic, sets how many requests run together.",
                ("a few requests an hour: a hosted API costs less",),
                ("vLLM",),
            ),
        ),
        Recommendation(
            "A hosted API behind an interface of your own, with a budget and a recorded evaluation set",
            "Without a reason to own the weights, a GPU that waits is the dearer choice; the evaluation set is what lets you move later.",
            ("data that may not leave", "steady traffic that fills a GPU"),
            (),
        ),
        otherwise=False,
    ),
)

BATCH = Framework(
    "batch scoring",
    Question(
        "Is it more than one machine can read in the window?",
        _large,
        Recommendation(
            "A distributed job (Spark or Ray) over columnar files, partitioned so that one failed part is run again alone",
            "Past what one machine can read in the window, the work must be cut; the cut is also what makes a failure cheap.",
            ("the rows a second that one machine reaches, once measured",),
            ("PySpark",),
        ),
        Recommendation(
            "One process over columnar files in chunks, idempotent by partition, results written aside and switched in",
            "A single Arrow process has handled a million rows faster than a local Spark session starts; the simple job is also the one that restarts.",
            ("a measured run that does not fit the window with half of it to spare",),
            (),
        ),
    ),
)

EDGE = Framework(
    "edge",
    Question(
        "Does it run in a browser?",
        _browser,
        Recommendation(
            "ONNX Runtime Web, quantised only after accuracy is compared on the same rows",
            "One exported model serves the browser and the server, so both can be compared row by row.",
            ("a model too large to download on first use",),
            ("ONNX Runtime",),
        ),
        Recommendation(
            "LiteRT on Android and Core ML on Apple devices, each compared row by row with the original",
            "The platforms' own runtimes reach their accelerators; TFLite lives on under the name LiteRT.",
            ("one code base matters more than speed: ONNX Runtime Mobile",),
            ("LiteRT", "ONNX Runtime"),
        ),
    ),
)

TRAINING = Framework(
    "training infrastructure",
    Question(
        "Does it need several GPUs or machines?",
        _distributed,
        Recommendation(
            "PyTorch DDP while the model fits one GPU, FSDP when it does not, started by one launcher on fixed images",
            "Data parallelism changes least in the code; sharding is for weights and optimiser states that do not fit.",
            ("one GPU that is busy finishes in the time you have",),
            ("PyTorch",),
        ),
        Question(
            "Is it interactive work?",
            _interactive,
            Recommendation(
                "A notebook server for looking, a script under version control for every run that counts",
                "What cannot be run again from a commit cannot be compared or promoted.",
                ("the run is needed twice",),
            ),
            Recommendation(
                "One script in a pinned container on one machine, its parameters, data version and result recorded",
                "The smallest setting that can be repeated; queues and clusters come when runs wait for each other.",
                ("runs wait for each other", "the data does not fit the machine"),
                ("MLflow",),
            ),
        ),
    ),
)

FEATURES = Framework(
    "feature store",
    Question(
        "Do several teams or models share features, online?",
        _several_teams,
        Recommendation(
            "Feast over stores you already run",
            "Sharing definitions and having the same values offline and online is what a feature store is for.",
            ("one model, one team", "no online reads"),
            ("Feast",),
        ),
        Recommendation(
            "No feature store yet: versioned tables and one function that computes the features for training and for serving",
            "With one consumer the store is upkeep without a reader; one shared function already prevents training-serving skew.",
            ("a second model needs the same features", "features must be read online within milliseconds"),
            (),
        ),
    ),
)

MONITORING = Framework(
    "monitoring",
    Recommendation(
        "Four channels apart: service (rate, errors, duration), data quality, drift with effect size and correction, and quality against labels when they come",
        "Each fails for other reasons and is mended by other people; a p-value alone fires on every trivial shift once there are enough rows.",
        ("labels arrive at once: quality leads, and drift only explains",),
        (),
    ),
)

RAG = Framework(
    "retrieval",
    Recommendation(
        "Hybrid retrieval (BM25 and dense vectors, fused per query) over heading-aware chunks, judged on your own questions before any prompt is tuned",
        "Retrieval decides what the model can know; recall at 5 and MRR on questions with known pages show it without a model in the loop.",
        (
            "exact identifiers dominate: BM25 leads",
            "no words in common between questions and pages: the dense side leads",
        ),
        ("Chroma",),
    ),
)

TUNING = Framework(
    "hyper-parameter search",
    Recommendation(
        "Random search first, then a Bayesian sampler (Optuna's TPE) with a fixed budget of trials and a held-out set no trial sees",
        "A random baseline tells whether the sampler earns its keep; the untouched set is what keeps the best of many from being luck.",
        ("fewer than about a dozen combinations: try them all",),
        ("Optuna",),
    ),
)

FINETUNING = Framework(
    "fine-tuning",
    Recommendation(
        "Prompting and retrieval first, measured; then LoRA on an instruction-tuned base, judged against that base on the same held-out tasks",
        "Adapters train a small share of the weights and can be removed again; without the comparison on the same rows there is no evidence of a gain.",
        ("the base already meets the target",),
        ("PEFT", "TRL"),
    ),
)

BY_TASK: dict[str, tuple[Framework, ...]] = {
    "serving": (SERVING, ROLLOUT),
    "streaming": (SERVING, ROLLOUT),
    "edge": (EDGE,),
    "llm-serving": (LLM, ROLLOUT),
    "rag": (RAG,),
    "batch": (BATCH,),
    "monitoring": (MONITORING,),
    "training": (TRAINING,),
    "finetuning": (FINETUNING,),
    "tuning": (TUNING,),
    "features": (FEATURES,),
}
