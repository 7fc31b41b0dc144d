"""The words that give things away: name -> the stems or phrases that mean it.

A name of up to four letters is a whole word, a longer one or one with a star may be a word's beginning."""

from collections.abc import Mapping

TASKS: Mapping[str, tuple[str, ...]] = {
    "rag": ("rag", "retrieval-augmented", "retrieval augmented", "knowledge base", "chunking", "over our docs", "over my docs", "question answering over"),
    "finetuning": ("fine-tun", "finetun", "fine tun", "lora", "qlora", "peft", "sft", "rlhf", "dpo"),
    "experiment-tracking": ("experiment tracking", "track experiments", "model registry", "mlflow track", "log experiments"),
    "tuning": ("hyperparameter", "hyper-parameter", "optuna", "ray tune", "grid search"),
    "features": ("feature store", "feature pipeline", "feature engineering", "online features", "feast"),
    "monitoring": ("monitor", "drift", "alert on", "dashboard", "model degrad", "performance drop", "decay"),
    "edge": ("mobile", "on-device", "on device", "edge device", "android", "ios app", "iphone", "browser", "raspberry", "microcontroller", "jetson"),
    "streaming": ("stream process", "kafka", "flink", "event stream", "streaming inference", "kinesis"),
    "batch": ("batch inference", "batch scor", "batch predict", "nightly", "overnight", "offline scoring", "score all", "scoring job", "every night", "spark job"),
    "serving": ("deploy", "serv*", "model server", "rest api", "endpoint", "inference", "in production", "to production", "real-time", "realtime", "latency", "rps", "qps", "fastapi", "canary", "rollout", "productioni"),
    "training": ("train", "epoch", "ddp", "fsdp", "deepspeed", "gpus", "loss"),
    "pipeline": ("pipeline", "etl", "ingest", "airflow", "dagster", "prefect", "orchestrat", "ci/cd", "retrain"),
    "evaluation": ("evaluat", "metric", "a/b test", "ab test", "f1", "auc", "precision", "recall", "accuracy", "significan"),
}

FRAMEWORKS: Mapping[str, tuple[str, ...]] = {
    "scikit-learn": ("sklearn", "scikit-learn", "scikit learn", "skops"),
    "xgboost": ("xgboost", "xgb"),
    "lightgbm": ("lightgbm", "lgbm"),
    "catboost": ("catboost",),
    "pytorch": ("pytorch", "torch"),
    "tensorflow": ("tensorflow", "keras"),
    "jax": ("jax", "flax"),
    "onnx": ("onnx",),
    "transformers": ("huggingface", "hugging face", "transformers"),
    "vllm": ("vllm",),
    "llama.cpp": ("llama.cpp", "gguf", "ollama"),
    "tensorrt": ("tensorrt",),
    "triton": ("triton",),
    "torchserve": ("torchserve",),
    "bentoml": ("bentoml",),
    "kserve": ("kserve",),
    "seldon": ("seldon",),
    "mlflow": ("mlflow",),
    "ray": ("ray serve", "ray train", "ray cluster", "on ray"),
    "spark": ("spark", "pyspark", "databricks"),
    "feast": ("feast",),
    "tecton": ("tecton",),
    "fastapi": ("fastapi",),
    "horovod": ("horovod",),
}

MODELS: Mapping[str, tuple[str, ...]] = {
    "gradient boosting": ("gradient boost", "histgradientboosting", "xgboost", "xgb", "lightgbm", "lgbm", "catboost", "gbm", "gbdt"),
    "random forest": ("random forest", "randomforest"),
    "linear model": ("logistic regression", "linear regression", "ridge", "lasso"),
    "neural network": ("neural net", "cnn", "resnet", "mlp", "lstm", "deep learning", "transformer model"),
    "large language model": ("llm", "llama", "mistral", "gpt", "qwen", "gemma", "deepseek", "language model"),
    "embedding model": ("embedding model", "sentence-transformer", "sentence transformer", "minilm"),
    "recommender": ("recommend", "recsys", "two-tower", "ranking model"),
    "bert": ("bert",),
}

ENVIRONMENTS: Mapping[str, tuple[str, ...]] = {
    "kubernetes": ("kubernetes", "k8s", "eks", "gke", "aks", "openshift"),
    "docker": ("docker", "container"),
    "aws": ("aws", "sagemaker", "lambda", "ec2", "ecs", "fargate", "eks", "bedrock"),
    "gcp": ("gcp", "google cloud", "vertex", "cloud run", "gke"),
    "azure": ("azure", "aks"),
    "on-premises": ("on-prem", "on prem", "own servers", "own hardware", "data centre", "datacenter", "air-gapped", "air gapped"),
    "gpu": ("gpu", "cuda", "a100", "h100", "h200", "t4", "l4", "v100"),
    "cpu": ("cpu",),
    "serverless": ("serverless", "lambda", "cloud run", "cloud functions"),
    "mobile": ("mobile", "android", "ios app", "iphone"),
    "browser": ("browser", "wasm", "javascript"),
    "rest": ("rest api", "rest endpoint", "http api", "fastapi", "flask"),
    "grpc": ("grpc",),
    "vm": ("single vm", "one vm", "virtual machine", "a vm", "single machine", "single server", "one server", "laptop"),
}

PRACTICES: Mapping[str, tuple[str, ...]] = {
    "monitoring": ("monitor", "metrics", "observab", "alert", "dashboard", "prometheus", "grafana", "tracing"),
    "drift": ("drift", "distribution shift", "data shift"),
    "rollback": ("rollback", "roll back", "revert", "roll-back"),
    "canary": ("canary", "gradual rollout", "progressive rollout", "traffic split"),
    "shadow": ("shadow",),
    "blue-green": ("blue-green", "blue/green", "blue green"),
    "a/b test": ("a/b", "ab test"),
    "cost": ("cost", "budget", "cheap", "spend", "price", "$", "€", "£"),
    "autoscaling": ("autoscal", "auto-scal", "auto scal", "scale to zero", "hpa", "keda"),
    "quantisation": ("quantiz", "quantis", "int8", "int4", "4-bit", "8-bit", "fp8", "awq", "gptq"),
    "batching": ("batching", "micro-batch", "dynamic batch"),
    "caching": ("cache", "caching"),
    "retraining": ("retrain", "re-train"),
    "fallback": ("fallback", "fall back", "degrad"),
    "authentication": ("authenti", "api key", "oauth", "jwt"),
    "privacy": ("pii", "phi", "gdpr", "hipaa", "personal data", "patient"),
    "online learning": ("online learning", "real-time training", "realtime training", "learn continuously", "incremental learning"),
    "feedback": ("ground truth", "labels arrive", "label delay", "delayed label", "feedback loop", "validation set", "chargeback"),
    "interactive": ("notebook", "jupyter", "interactive"),
    "distributed": ("distributed", "multi-gpu", "multiple gpus", "multi-node", "ddp", "fsdp", "deepspeed"),
}
