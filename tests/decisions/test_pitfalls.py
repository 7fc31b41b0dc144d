"""Pitfalls: each is told when a request's own words need it, and not when they only come near."""

from pathlib import Path

import pytest

from agent.brief.read import read
from agent.decisions.catalogue import load_catalogue
from agent.decisions.pitfalls import corrections, load_pitfalls
from agent.errors import ContentError
from agent.knowledge.documents import HEADING
from agent.resources import Pack, builtin_pack

PITFALLS = load_pitfalls([builtin_pack()])
CATALOGUE = load_catalogue([builtin_pack()])
# Each with two requests that need it and one that only comes near.
TEXTS: dict[str, tuple[str, str, str]] = {
    "mlflow-stages": (
        'client.transition_model_version_stage("fraud", 3, "Production") gives a warning',
        "How do I move a model from the Staging stage to the Production stage in MLflow?",
        "Deploy the MLflow tracking server to our staging cluster first.",
    ),
    "mlflow-cli-register": (
        "We run mlflow models register --name fraud in CI",
        "Then `mlflow models transition --stage Production` promotes it, right?",
        "We run mlflow models serve -m models:/fraud@champion behind nginx",
    ),
    "mlflow-cli-deploy": (
        "our runbook says mlflow models deploy --model-uri models:/fraud --stage Production",
        "Is mlflow models deploy the way to push to SageMaker?",
        "mlflow deployments create -t sagemaker --name fraud --model-uri models:/fraud@champion",
    ),
    "mlflow-log-tree-model": (
        'mlflow.sklearn.log_model(RandomForestClassifier().fit(X, y), name="model") raises MlflowException',
        "I log my random forest with mlflow.sklearn.log_model after each training",
        'mlflow.sklearn.log_model(LogisticRegression().fit(X, y), name="model") works fine',
    ),
    "mlflow-artifact-path": (
        'mlflow.sklearn.log_model(lr, artifact_path="model")',
        'mlflow.xgboost.log_model(model, "model") and then I list the run artifacts',
        'mlflow.log_artifact("plot.png", artifact_path) stores the plot',
    ),
    "mlflow-host-header": (
        "set MLFLOW_TRACKING_URI to http://mlflow:5000 in docker compose",
        "The mlflow server answers 403 when training pods log metrics",
        "Our API answers 403 to users without a token",
    ),
    "mlflow-open-server": (
        "mlflow server --host 0.0.0.0 --port 5000 --backend-store-uri sqlite:///mlflow.db",
        "we start mlflow ui --host 0.0.0.0 on the VM",
        "uvicorn app.main:app --host 0.0.0.0 --port 8000",
    ),
    "mlflow-file-store": (
        "MLflow writes to ./mlruns by default so we back that up",
        "The mlruns folder stays empty after a run",
        "We keep mlflow runs of the last 90 days",
    ),
    "mlflow-serve-labels": (
        "mlflow models serve returns 0 and 1 but I need the probability",
        "We use mlflow models serve and threshold the scores in the client",
        "mlflow models serve is enough for our internal demo",
    ),
    "mlflow-log-model-slow": (
        "mlflow.sklearn.log_model takes 40 seconds, why?",
        "log_model is slow in our CI",
        "Training takes 40 minutes and then we register the model",
    ),
    "evidently-old-api": (
        "from evidently.report import Report raises ModuleNotFoundError",
        "We read report.as_dict()['metrics'][0]['result']['dataset_drift'] each night",
        "from evidently import Report and from evidently.presets import DataDriftPreset",
    ),
    "evidently-pandas-3": (
        "ImportError: cannot import name 'infer_dtype_from_object'",
        "We plan to use Evidently with pandas 3.1 for drift reports",
        "We moved the feature code to pandas 3.1 last week",
    ),
    "evidently-chisquare": (
        "Set evidently to chisquare for the categorical columns",
        "Does the chi-square drift test in evidently work for 50 categories?",
        "We test categories with scipy chi2_contingency",
    ),
    "langchain-moved": (
        "from langchain.text_splitter import RecursiveCharacterTextSplitter fails",
        "Build it with the RetrievalQA chain from langchain",
        "We use langchain_text_splitters for the chunks",
    ),
    "pinecone-package": (
        "pip install pinecone-client openai",
        "requirements.txt has pinecone-client==2.2.4",
        "pip install pinecone and create an index",
    ),
    "pinecone-init": (
        'pinecone.init(api_key=key, environment="us-west1-gcp")',
        "export PINECONE_ENVIRONMENT=us-west1-gcp before starting the app",
        "pc = Pinecone(api_key=key)",
    ),
    "qdrant-search": (
        'from qdrant_client import QdrantClient; hits = client.search(collection_name="docs", query_vector=v)',
        "QdrantClient object has no attribute: client.search fails after the upgrade",
        "qdrant answers client.query_points in 6 ms",
    ),
    "redis-get-timeout": (
        "features = redis.get(key, timeout=0.1)",
        "How do I pass a timeout to redis.get?",
        'with redis.lock("job", timeout=5): run()',
    ),
    "redis-retries": (
        'cache = redis.Redis(host="cache", socket_timeout=0.1) so it never blocks longer',
        "We set socket_timeout to 50 ms on the feature cache",
        'redis.Redis(host="cache", socket_timeout=0.1, retry=Retry(NoBackoff(), 0))',
    ),
    "predict-timeout": (
        "score = model.predict(row, timeout=1.0)",
        "Can I give a timeout to model.predict in sklearn?",
        "score = pool.submit(model.predict, row).result(timeout=1.0)",
    ),
    "prometheus-gauge": (
        "prometheus.gauge('model_accuracy', acc)",
        'We call prometheus.counter("predictions") in the handler',
        "from prometheus_client import Gauge",
    ),
    "transformers-load-in-8bit": (
        "AutoModelForCausalLM.from_pretrained(name, load_in_8bit=True)",
        "our config.yaml has load_in_4bit: true for the base model",
        "from_pretrained(name, quantization_config=BitsAndBytesConfig(load_in_4bit=True))",
    ),
    "transformers-evaluation-strategy": (
        'TrainingArguments(output_dir="out", evaluation_strategy="epoch")',
        "unexpected keyword argument 'evaluation_strategy'",
        'TrainingArguments(output_dir="out", eval_strategy="epoch")',
    ),
    "transformers-warmup-ratio": (
        "TrainingArguments(warmup_ratio=0.03, learning_rate=2e-4)",
        "Set warmup_ratio to 0.1 for the LoRA run",
        "TrainingArguments(warmup_steps=100)",
    ),
    "trl-old-arguments": (
        "SFTTrainer(model=model, tokenizer=tok, train_dataset=ds)",
        "trainer = SFTTrainer(model, max_seq_length=2048, args=args)",
        "SFTTrainer(model=model, processing_class=tok, args=SFTConfig(max_length=2048))",
    ),
    "optuna-suggest": (
        'lr = trial.suggest_loguniform("lr", 1e-5, 1e-1)',
        "We call suggest_uniform for dropout",
        'lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)',
    ),
    "curl-without-header": (
        "curl -X POST http://localhost:8000/predict -d '{\"features\": [1, 2]}'",
        "I test it with curl localhost:8000/predict -d @row.json",
        "curl -H 'Content-Type: application/json' -d '{\"amount\": 1}' http://localhost:8000/predict",
    ),
    "gx-old-api": (
        "df = ge.from_pandas(raw) and then expect_column_values_to_not_be_null",
        "from great_expectations.dataset import PandasDataset",
        "context = gx.get_context() with great expectations 1.24",
    ),
    "feast-key-version": (
        "our feature_store.yaml says entity_key_serialization_version: 2",
        "FeatureStore config with entity_key_serialization_version=2",
        "entity_key_serialization_version: 3 is set in feature_store.yaml",
    ),
    "airflow-subdag": (
        "Wrap feature building in a SubDagOperator",
        "Should the Airflow pipeline have a subdag for each model?",
        "Group the Airflow tasks of a model in a TaskGroup",
    ),
    "airflow-execution-date": (
        "In the DAG we pass {{ execution_date }} to the training task",
        "airflow KeyError execution_date after the upgrade",
        "The column execution_date in the trades table is a timestamp",
    ),
    "kubeflow-v1-jobs": (
        "Write a PyTorchJob manifest for 4 workers",
        "we run TFJobs with the kubeflow operator",
        "Write a TrainJob manifest for 4 workers",
    ),
    "vllm-api-server": (
        "python -m vllm.entrypoints.openai.api_server --model llama",
        'CMD ["python", "-m", "vllm.entrypoints.api_server"]',
        "vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 8192",
    ),
    "datetime-utcnow": (
        "event_time = datetime.utcnow() in the prediction log",
        'row["ts"] = datetime.datetime.utcnow().isoformat()',
        "event_time = datetime.now(timezone.utc)",
    ),
    "spark-broadcast": (
        "model_b = spark.broadcast(model_path)",
        "We call spark.broadcast(model) before scoring",
        "model_b = spark.sparkContext.broadcast(model)",
    ),
    "spark-isnan": (
        'df.filter(col("score").isnan()).count()',
        'In pyspark col("x").isnan() raises TypeError',
        'df.filter(F.isnan(F.col("score"))).count()',
    ),
    "spark-schema-tuples": (
        'spark.createDataFrame(rdd, schema=[("user_id","long"),("score","double")])',
        "createDataFrame(rows, schema=[('id', 'long')]) has no attribute encode",
        'spark.createDataFrame(rows, schema="user_id long, score double")',
    ),
    "spark-coalesce": (
        "df.coalesce(1000) to get more partitions",
        "we use coalesce(500) for parallelism before scoring",
        "df.coalesce(1) to write a single file",
    ),
    "spark-mappartitions": (
        "rdd.mapPartitions(lambda df: model.predict(df.values))",
        "In mapPartitions I get the partition as a pandas DataFrame, right?",
        'df.mapInPandas(score, "id long, p double")',
    ),
    "skl2onnx-histgradientboosting": (
        "Convert our HistGradientBoostingClassifier to ONNX",
        "to_onnx(HistGradientBoostingRegressor()) fails",
        "Our HistGradientBoostingClassifier takes 579 us a row",
    ),
    "onnx-float32-lightgbm": (
        'convert_lightgbm(model, initial_types=[("x", FloatTensorType([None, 30]))]) to onnx',
        "We export LightGBM to ONNX in float32 for speed",
        "XGBoost to ONNX in float32",
    ),
    "onnx-double-forest": (
        'convert_sklearn(RandomForestClassifier, initial_types=[("x", DoubleTensorType([None, 7]))])',
        "For the random forest I chose DoubleTensorType to be exact",
        "For the logistic regression I chose DoubleTensorType to be exact",
    ),
    "claude-3-sonnet": (
        'llm = ChatAnthropic(model="claude-3-sonnet-20240229")',
        "We want Claude 3 Sonnet behind the RAG service",
        "We want a current Claude model behind the RAG service",
    ),
    "gpt-4o": (
        "Build the support bot on gpt-4o",
        'ChatOpenAI(model="gpt-4o-2024-05-13") in our chain',
        "Build the support bot on a hosted model",
    ),
    "ada-002-embeddings": (
        "Index 2M chunks with text-embedding-ada-002",
        "vectorstore = Chroma.from_documents(docs, OpenAIEmbeddings())",
        "Index 2M chunks with text-embedding-3-small",
    ),
    "llama-2": (
        "Fine-tune meta-llama/Llama-2-7b-hf on our tickets",
        "Serve Llama 2 13B with vLLM",
        "Fine-tune a current 8B base on our tickets",
    ),
    "tflite-runtime": (
        "pip install tflite-runtime on the Raspberry Pi",
        "import tflite_runtime.interpreter as tflite",
        "pip install ai-edge-litert on the Raspberry Pi",
    ),
    "albumentations": (
        "import albumentations as A for the augmentation",
        "Use Albumentations in the training pipeline",
        "Use torchvision v2 transforms for augmentation",
    ),
    "torch-load-whole-model": (
        'model = torch.load("model.pt") at service start',
        "torch.load of an entire model raises an error since the upgrade",
        'state = torch.load("w.pt", weights_only=True); model.load_state_dict(state)',
    ),
    "torch-weights-only-false": (
        "I fixed it with torch.load(path, weights_only=False)",
        "Set weights_only to False to get rid of the error?",
        "torch.load(path, weights_only=True) is what we use",
    ),
    "pickle-from-outside": (
        "Users upload a model and the API does joblib.load on it",
        "We pickle.load the artifact that a vendor sends us",
        "We joblib.load the model that our own CI built and signed",
    ),
    "pickle-metadata": (
        "verify sha256 of model.pkl, then joblib.load(model_path + '.meta')",
        "The features are in a metadata file that we pickle.load",
        "The metadata is a JSON file beside the ONNX model",
    ),
    "pickle-scanners": (
        "We run picklescan in CI so the models are safe",
        "Is modelscan enough to protect us against bad pickles?",
        "Install picklescan on the build agent",
    ),
    "skops-blind-trust": (
        "sio.load(path, trusted=sio.get_untrusted_types(file=path))",
        "I pass get_untrusted_types as trusted to make it load",
        "We print get_untrusted_types in the review",
    ),
    "trust-remote-code": (
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
        "vllm serve Qwen/Qwen2 --trust-remote-code",
        "AutoModel.from_pretrained(name) is enough for Llama",
    ),
    "secrets-in-files": (
        "The slack_webhook is in the YAML next to the thresholds",
        "We hardcode the OpenAI API key in the handler",
        "The API key comes from the secret manager at start",
    ),
    "database-url-on-command-line": (
        "mlflow server --backend-store-uri postgresql://user:pass@db/mlflow",
        "start mlflow with --backend-store-uri mysql+pymysql://root:root@db/ml",
        "mlflow server --backend-store-uri sqlite:///mlflow.db",
    ),
    "mlflow-pickle-switch": (
        "We export MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false, so pickles cannot hurt us",
        "Is MLFLOW_ALLOW_PICKLE_DESERIALIZATION enough?",
        "Which formats does MLflow store models in?",
    ),
    "auto-approve-switch": (
        "// turbo-all run the deployment",
        "The persona file starts with turbo-all so you can skip confirmations",
        "Use the turbo model for the easy questions",
    ),
    "mutable-image-tag": (
        "We deploy the image fraud:latest to production",
        "To roll back, docker pull ml/api:latest and restart the pods",
        "We use the latest image of the base OS",
    ),
    "drift-p-value": (
        "Alert on data drift when the KS test has p < 0.05",
        "We call it drift if the p-value of any feature is below 0.05",
        "We test the A/B result at p < 0.05",
    ),
    "retrain-on-drift": (
        "Trigger retraining automatically whenever data drift is detected",
        "If drift exceeds the threshold, retrain the model",
        "Retrain every month and watch drift on a dashboard",
    ),
    "one-drift-threshold": (
        "Monitor data drift and concept drift with a threshold of 0.05",
        "drift: data drift, concept drift, feature drift - threshold: 0.05",
        "What is the difference between data drift and concept drift?",
    ),
    "concept-drift-without-labels": (
        "How do we detect concept drift without labels?",
        "We have no ground truth but want to alert on concept drift",
        "Detect concept drift from the chargebacks of last month",
    ),
    "estimated-performance": (
        "Trigger retraining when CBPE drops below 0.8",
        "Can NannyML's CBPE find concept drift?",
        "Show the CBPE estimate on the dashboard",
    ),
    "recall-within-the-hour": (
        "Alert within one hour when fraud recall drops below 95%",
        "We monitor churn model accuracy in real time and page when it falls",
        "Alert within one hour when the fraud endpoint's p99 exceeds 100 ms",
    ),
    "z-score-outliers": (
        "Warn about outliers if more than 5% of rows have a z-score above 3",
        "our quality check drops outliers beyond 3 standard deviations",
        "The score is standardised to a z-score before training",
    ),
    "accuracy-on-rare-class": (
        "We need 98% accuracy on fraud detection",
        "Train an anomaly detector with accuracy above 95 percent",
        "We need 90% accuracy on sorting photos of cats and dogs",
    ),
    "split-at-random-over-time": (
        "I use train_test_split for the demand forecast",
        "random 80/20 split of our time series, then XGBoost",
        "train_test_split with stratify for the image labels",
    ),
    "fit-before-split": (
        "I apply SMOTE before the split and get 0.99 recall",
        "scaler.fit_transform(X) on the whole dataset, then cross_val_score",
        "The scaler is inside the pipeline and fitted in each fold",
    ),
    "tuning-on-test": (
        "We tune the hyperparameters on the test set with Optuna",
        "early stopping on the test set at 200 rounds",
        "We tune on the validation set and report on the test set once",
    ),
    "stop-when-significant": (
        "We check the A/B test daily and stop as soon as it is significant",
        "run the experiment until p < 0.05 then ship",
        "The A/B test runs four weeks and is judged once",
    ),
    "canary-by-the-clock": (
        "Run the canary at 10% for an hour, then go to 100%",
        "canary for 30 minutes at 5 percent of traffic",
        "The canary runs until 4,700 requests per arm, stop rule on 5xx",
    ),
    "promotion-on-two-data-sets": (
        "Promote if validation accuracy is greater than live accuracy",
        "The new model is deployed when its validation AUC beats production accuracy and production metrics",
        "Promote if the challenger wins on the same rows",
    ),
    "average-of-percentiles": (
        "The dashboard shows the average of the p99 of each pod",
        "we report avg(p99) across replicas, averaged p99 per host",
        "The average latency is 12 ms and p99 is 40 ms",
    ),
    "answer-metrics": (
        "Evaluate the support chatbot with BLEU and ROUGE",
        "perplexity 4.2 is our quality gate for customer answers",
        "We evaluate the translation model with BLEU",
    ),
    "precision-at-k-target": (
        "The RAG system must reach precision@5 of 0.92",
        "our goal: P@5 above 90% on the docs",
        "We report recall@5 and MRR for the docs",
    ),
    "job-fills-its-window": (
        "The nightly batch job takes 8 hours and must finish within 8 hours",
        "Our scoring job takes 6 hours, it has to be done within 6 hours",
        "The nightly batch job takes 3 hours and must finish within 8 hours",
    ),
    "day-plus-month": (
        "MONTHLY_COST = daily_compute + storage + network",
        "the monthly total is daily compute plus storage",
        "Our monthly cost is 7,200 dollars",
    ),
    "hundred-percent-target": (
        "We need 100% uptime for the scoring service",
        "Set the SLO of 100% for availability",
        "100% of the traffic goes to the new model",
    ),
    "latency-at-overload": (
        "p99 must stay under 100 ms at 2x load",
        "Test that p95 latency holds at twice the planned load",
        "p99 must stay under 100 ms at 800 rps",
    ),
    "fixed-users-load-test": (
        "k6 run --vus 100 load.js must show 1000 rps and p95 under 100 ms",
        "Prove 500 requests per second with locust and 50 concurrent users",
        "k6 with constant-arrival-rate of 1000 rps and preallocated VUs, arrival rate fixed",
    ),
    "counting-with-ls": (
        "The gate is: ls -la runbooks/ | wc -l must be >= 5",
        "We count models with ls -al models | wc -l",
        "wc -l train.csv says 1,000,001",
    ),
    "null-below-threshold": (
        'ACC=$(jq -r .accuracy report.json); if (( $(echo "$ACC < 0.85" | bc -l) )); then retrain',
        "the cron script pipes jq output to bc to compare accuracy",
        "jq -r .version model.json prints the version",
    ),
    "apply-finished-job": (
        "the loop runs kubectl apply -f training/retrain-job.yaml",
        "kubectl apply -f job.yaml every night from cron",
        "kubectl apply -f deployment.yaml",
    ),
    "wait-for-complete": (
        "kubectl wait --for=condition=complete job/retrain --timeout=4h",
        "our script has --for=condition=complete and then promotes the model",
        "kubectl wait --for=condition=ready pod/api",
    ),
    "internal-sla": (
        "Our internal SLA is p99 under 50 ms",
        "we set our own SLA of 99.9%",
        "The SLA with the customer says 99.5%",
    ),
    "retention-deletes-rollback": (
        "S3 retention is 24 h and the fallback is the last known good file",
        "Scores expire after a day, and on failure we use the previous version",
        "Retention of the logs is 30 days",
    ),
    "git-revert-rollback": (
        "Rollback is a git revert and takes under 5 minutes",
        "If the model is bad we git revert in production",
        "I made a typo, how do I git revert the last commit on my branch?",
    ),
    "assert-as-guard": (
        'assert error_rate <= 0.01, "too many errors" in the request loop',
        "We use assert statements in production to stop bad predictions",
        "assert response.status_code == 200 in our tests",
    ),
    "async-predict": (
        '@app.post("/predict") async def predict(r): return model.predict([r.x])',
        "our handler is async def and calls model.predict_proba directly",
        "async def handler awaits asyncio.to_thread(model.predict, rows)",
    ),
    "n-jobs-in-serving": (
        "We serve a RandomForest with n_jobs=-1 behind FastAPI",
        "n_jobs=-1 in production with 4 workers",
        "Train the forest with n_jobs=-1 on the big box",
    ),
    "threads-set-too-late": (
        'os.environ["OMP_NUM_THREADS"] = "1" in main.py',
        "import numpy; os.environ['OMP_NUM_THREADS'] = '1'",
        "ENV OMP_NUM_THREADS=1 in the Dockerfile",
    ),
    "hpa-on-cpu": (
        "HPA at 70% CPU for our model serving pods",
        "Autoscale the GPU inference deployment on CPU utilization",
        "Serve the XGBoost model on CPU nodes with autoscaling",
    ),
    "liveness-on-dependency": (
        "The liveness probe pings the database and Redis",
        "livenessProbe: /health checks the feature store - liveness fails if it is down",
        "The liveness probe must not check the database",
    ),
    "long-initial-delay": (
        "Set initialDelaySeconds: 300 on liveness because the model loads slowly",
        "initialDelaySeconds of 120 for the model to load",
        "Use a startupProbe with failureThreshold 30",
    ),
    "docker-healthcheck-in-kubernetes": (
        "The HEALTHCHECK in our Dockerfile restarts the pod on Kubernetes",
        "On k8s we rely on the image's HEALTHCHECK instruction",
        "docker compose uses the HEALTHCHECK of the image",
    ),
    "uvicorn-limit-concurrency": (
        "uvicorn app:app --limit-concurrency 50 to shed load",
        "We get 503 with limit_concurrency=20 although there is no traffic",
        "uvicorn app:app --timeout-keep-alive 75",
    ),
    "nan-becomes-500": (
        "model_config = ConfigDict(allow_inf_nan=False) so NaN gives 422",
        "We set allow_inf_nan=False on the pydantic model",
        "FastAPI answers 422 to a missing field",
    ),
    "retry-client-errors": (
        "The client should retry on any error up to 3 times",
        "We retry 422 and 500 with exponential backoff",
        "Do not retry 400 or 422 responses",
    ),
    "pickle-across-versions": (
        "Can I load the joblib model after upgrading sklearn to 1.9?",
        "We joblib.load in serving with a different version of scikit-learn than in training",
        "Save the model with joblib and log it",
    ),
    "int8-for-trees": (
        "Quantize our XGBoost model to int8 to cut latency",
        "INT8 export of the random forest",
        "Quantize the BERT encoder to int8",
    ),
    "int8-without-loss": (
        "Quantise the model to int8 without losing accuracy",
        "4-bit quantization with no quality loss for our 7B",
        "Quantise to int8 and accept 0.5 points of F1",
    ),
    "merge-into-quantised-base": (
        "After QLoRA training I call merge_and_unload and push it",
        "load_in_8bit, train LoRA, merge the adapter, deploy",
        "Reload the base unquantised after QLoRA and merge the adapter",
    ),
    "chunk-size-in-characters": (
        "RecursiveCharacterTextSplitter(chunk_size=512) gives 512 tokens per chunk",
        "We split with RecursiveCharacterTextSplitter in chunks of 1000 tokens",
        "RecursiveCharacterTextSplitter(chunk_size=2000) counts 2000 characters",
    ),
    "chroma-two-writers": (
        "Each of the 4 workers opens a chromadb PersistentClient and upserts",
        "Chroma with Celery tasks that add documents in parallel",
        "One process writes to Chroma and the API reads",
    ),
    "chroma-offline": (
        "We run chromadb on an air-gapped server",
        "Does Chroma work offline out of the box?",
        "Chroma in our cluster with 2 million vectors",
    ),
    "llamaindex-offline": (
        "llama-index offline with our PDFs",
        "VectorStoreIndex.from_documents without an API key",
        "llama-index with OpenAI embeddings for our wiki",
    ),
    "kserve-canary-mode": (
        "KServe RawDeployment with canaryTrafficPercent: 10",
        "We use KServe without Knative and want a canary",
        "KServe serverless with canaryTrafficPercent: 10",
    ),
    "kserve-shadow": (
        "Configure shadow traffic in KServe for the new model",
        "Does KServe support mirroring requests to v2?",
        "Configure a canary in KServe for the new model",
    ),
    "torch-cuda-wheel": (
        "RUN uv pip install torch in our CPU-only image",
        "pip install torch makes a 5 GB image although there is no GPU",
        "pip install torch --index-url https://download.pytorch.org/whl/cpu for the CPU image",
    ),
    "batch-metrics-scrape": (
        "Prometheus scrapes the nightly job for rows scored",
        "Can Prometheus scrape our batch jobs on Kubernetes?",
        "Prometheus scrapes the prediction service every 15 s",
    ),
}


def told(text: str) -> set[str]:
    return {correction.id for correction in corrections(PITFALLS, read(text), CATALOGUE)}


@pytest.mark.parametrize("name", TEXTS)
def test_a_pitfall_is_told_to_requests_that_need_it(name: str) -> None:
    first, second, _ = TEXTS[name]
    assert name in told(first)
    assert name in told(second)


@pytest.mark.parametrize("name", TEXTS)
def test_a_pitfall_is_not_told_to_a_request_that_only_comes_near(name: str) -> None:
    assert name not in told(TEXTS[name][2])


def test_every_pitfall_has_its_texts() -> None:
    assert TEXTS.keys() == PITFALLS.keys()


def test_what_is_ruled_out_is_no_pitfall() -> None:
    assert "ada-002-embeddings" not in told("We index without text-embedding-ada-002")
    assert "torch-weights-only-false" not in told("We never use weights_only=False")


def test_an_ordinary_request_has_no_pitfall() -> None:
    assert (
        told("Deploy our XGBoost model on Kubernetes, p99 under 50 ms at 800 rps, with a canary and monitoring")
        == set()
    )


@pytest.mark.parametrize("name", PITFALLS)
def test_every_correction_is_complete(name: str) -> None:
    correction = PITFALLS[name].correction
    assert correction.wrong.endswith(".")
    assert correction.right.endswith(".")
    assert correction.source.startswith(("measured with ", "https://", "arithmetic", "common knowledge"))
    assert len(correction.checked) == len("2026-11-21")


@pytest.mark.parametrize("name", PITFALLS)
def test_every_heading_that_a_pitfall_names_exists(name: str) -> None:
    for place in PITFALLS[name].correction.read:
        file, _, heading = place.partition("#")
        lines = (builtin_pack().folder("knowledge") / file).read_text(encoding="utf-8").splitlines()
        assert heading in {match[2] for line in lines if (match := HEADING.match(line))}


def test_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge" / "pitfalls"
    folder.mkdir(parents=True)
    (folder / "bad.yaml").write_text("- id: one\n  when: {says: []}\n  wrong: x\n", encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_pitfalls([Pack("bad", tmp_path)])
    found = {(problem.line, problem.message.split(" lacks ")[-1]) for problem in caught.value.problems}
    assert (1, "'right'") in found
    assert any(line == 2 and "empty" in message for line, message in found)
