"""performance.non-blocking and performance.load-once: what a handler does while others wait."""

from collections.abc import Callable, Mapping

import pytest

from agent.constitution.model import Score

Marked = Callable[[str, str], Score]
Judged = Callable[[str, Mapping[str, str]], Score]
HEAD = """
        import asyncio, time, requests, joblib, pickle
        from fastapi import Depends, FastAPI
        from fastapi.concurrency import run_in_threadpool
        app = FastAPI()
        model = joblib.load("m.joblib")
"""

BLOCKING = {
    "a model": """
        @app.post("/predict")
        async def answer(x: float):
            return float(model.predict([[x]])[0]) #!
        """,
    "a model under a name people give to models": """
        @app.post("/predict")
        async def answer(x: float):
            y = app.state.model.predict_proba([[x]]) #!
            return ml_models["fraud"].predict(y) #!
        """,
    "a loaded model under any name": """
        thing = joblib.load("t.joblib")
        @app.post("/predict")
        async def answer(x: float):
            return thing.predict([[x]]) #!
        """,
    "requests and sleep": """
        @app.get("/predict")
        async def answer(x: float):
            time.sleep(1) #!
            return requests.get("http://a.b", timeout=1).json() #!
        """,
    "a result that is awaited only after it was had": """
        @app.post("/predict")
        async def answer(x: float):
            y = model.predict([[x]]) #!
            await store(y)
            return y
        """,
    "a route registered by a call": """
        async def answer(x: float):
            return model.predict([[x]]) #!
        app.add_api_route("/predict", answer)
        """,
}

NOT_BLOCKING = {
    "a plain def": """
        @app.post("/predict")
        def answer(x: float):
            time.sleep(1)
            return model.predict([[x]])
        """,
    "a thread": """
        @app.post("/predict")
        async def answer(x: float):
            a = await asyncio.to_thread(model.predict, [[x]])
            b = await run_in_threadpool(lambda: model.predict([[x]]))
            return await asyncio.get_running_loop().run_in_executor(None, model.predict, [[x]])
        """,
    "a coroutine of the same name": """
        @app.post("/predict")
        async def answer(x: float):
            first = await model.predict(x)
            later = model.predict(x)
            both = [model.predict(x) for _ in range(2)]
            task = asyncio.create_task(model.predict(x))
            async for part in model.predict(x):
                pass
            waiting = []
            waiting.append(model.predict(x))
            return await later, await asyncio.gather(*both), await asyncio.gather(*waiting)
        """,
    "a client, whose predict may be anything": """
        @app.post("/predict")
        async def answer(x: float):
            return triton_client.predict(x)
        """,
    "a function that is only defined there": """
        @app.post("/predict")
        async def answer(x: float):
            def work():
                time.sleep(1)
                return model.predict([[x]])
            return await asyncio.to_thread(work)
        """,
    "an async function that is no handler": """
        async def job(x):
            return model.predict([[x]])
        """,
    "a sleep of asyncio": """
        @app.post("/predict")
        async def answer(x: float):
            await asyncio.sleep(1)
        """,
}


@pytest.mark.parametrize("name", BLOCKING)
def test_blocks(name: str, marked: Marked) -> None:
    marked("performance.non-blocking", HEAD + BLOCKING[name])


@pytest.mark.parametrize("name", NOT_BLOCKING)
def test_does_not_block(name: str, marked: Marked) -> None:
    marked("performance.non-blocking", HEAD + NOT_BLOCKING[name])


@pytest.mark.parametrize("name", ["a plain def", "a thread", "a function that is only defined there"])
def test_a_model_kept_off_the_event_loop_passes(name: str, marked: Marked) -> None:
    assert marked("performance.non-blocking", HEAD + NOT_BLOCKING[name]).status == "PASS"


def test_a_worker_thread_passes(judged: Judged) -> None:
    worker = """
        import threading
        class Batcher:
            def start(self):
                threading.Thread(target=self._work, daemon=True).start()
            def _work(self):
                while True:
                    self._batch()
            def _batch(self):
                return self._engine.predict([1])
        """
    app = "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/predict')\nasync def answer(): ...\n"
    score = judged("performance.non-blocking", {"app.py": app, "worker.py": worker})
    assert (score.status, "worker.py:4" in score.evidence) == ("PASS", True)


LOADING = {
    "in the handler": """
        @app.post("/predict")
        def answer(x: float):
            m = joblib.load("m.joblib") #!
            return m.predict([[x]])
        """,
    "in a function it calls": """
        @app.post("/predict")
        def answer(x: float):
            return load().predict([[x]])
        def load():
            with open("m.pkl", "rb") as file:
                return pickle.load(file) #!
        """,
    "in a dependency": """
        def get_model():
            return joblib.load("m.joblib") #!
        @app.post("/predict")
        def answer(x: float, m=Depends(get_model)):
            return m.predict([[x]])
        """,
    "by other libraries": """
        import onnxruntime as ort, torch
        from transformers import pipeline, AutoModel
        import xgboost as xgb
        @app.post("/predict")
        def answer(x: float):
            a = ort.InferenceSession("m.onnx") #!
            b = torch.load("m.pt") #!
            c = pipeline("text-classification") #!
            d = AutoModel.from_pretrained("m") #!
            e = xgb.Booster()
            e.load_model("m.json") #!
        """,
}

NOT_LOADING = {
    "at the top": """
        @app.post("/predict")
        def answer(x: float):
            return model.predict([[x]])
        """,
    "behind a cache": """
        import functools
        @functools.lru_cache
        def load():
            return joblib.load("m.joblib")
        @app.post("/predict")
        def answer(x: float):
            return load().predict([[x]])
        """,
    "behind a condition": """
        cache = {}
        @app.post("/predict")
        def answer(name: str, x: float):
            if name not in cache:
                cache[name] = joblib.load(name)
            return cache[name].predict([[x]])
        """,
    "into a global": """
        loaded = None
        def load():
            global loaded
            loaded = joblib.load("m.joblib")
        @app.post("/predict")
        def answer(x: float):
            load()
            return loaded.predict([[x]])
        """,
    "on a route that is there to load": """
        @app.post("/predict/reload")
        def reload():
            app.state.model = joblib.load("m.joblib")
        """,
    "when the service starts": """
        @app.on_event("startup")
        def start():
            app.state.model = joblib.load("m.joblib")
        @app.post("/predict")
        def answer(x: float):
            return app.state.model.predict([[x]])
        """,
}


@pytest.mark.parametrize("name", LOADING)
def test_loads_for_each_request(name: str, marked: Marked) -> None:
    marked("performance.load-once", HEAD + LOADING[name])


@pytest.mark.parametrize("name", NOT_LOADING)
def test_loads_once(name: str, marked: Marked) -> None:
    assert marked("performance.load-once", HEAD + NOT_LOADING[name]).status == "PASS"


def test_a_training_script_is_no_service(judged: Judged) -> None:
    text = "import joblib\ndef f():\n    return joblib.load('m')\n"
    assert judged("performance.load-once", {"train.py": text}).status == "UNKNOWN"
