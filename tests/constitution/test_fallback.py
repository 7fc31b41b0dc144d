"""reliability.fallback: failures answered as if nothing had happened, and handlers that never run."""

from collections.abc import Callable, Mapping

import pytest

from agent.constitution.model import Score

Marked = Callable[[str, str], Score]
Judged = Callable[[str, Mapping[str, str]], Score]
CHECKPOINT = "reliability.fallback"

FAULTS = {
    "a constant for an answer": """
        def answer(model, x):
            try:
                return model.predict(x)
            except Exception: #!
                return 0
        """,
    "a bare except that passes": """
        def answer(model, x):
            y = 0.5
            try:
                y = model.predict_proba(x)[0]
            except: #!
                pass
            return y
        """,
    "a dictionary that looks like a prediction": """
        def answer(model, x):
            try:
                return {"prediction": model.predict(x)}
            except (ValueError, Exception): #!
                return {"prediction": 0, "probability": 0.0}
        """,
    "a constant under a name": """
        def answer(model, x):
            try:
                label = model.predict(x)
            except BaseException: #!
                label = [-1]
            return label
        """,
    "the same class twice": """
        def answer(model, x):
            try:
                return primary(x)
            except InferenceError:
                return second(x)
            except InferenceError: #!
                return third(x)
        """,
    "a class after the one it derives from": """
        try:
            run()
        except OSError:
            a()
        except (FileNotFoundError, TimeoutError): #!
            b()
        except Exception:
            c()
        except ValueError: #!
            d()
        """,
}

NO_FAULTS = {
    "a failure that is logged": """
        def answer(model, x):
            try:
                return model.predict(x)
            except Exception:
                log.exception("failed")
                return 0
        """,
    "a failure that is raised again": """
        def answer(model, x):
            try:
                return model.predict(x)
            except Exception as error:
                raise Unavailable from error
        """,
    "a failure that the answer names": """
        def answer(model, x):
            try:
                return model.predict(x)
            except Exception:
                return {"prediction": 0, "source": "fallback"}
        """,
    "None, which the caller can see": """
        def answer(model, x):
            try:
                return model.predict(x)
            except Exception:
                return None
        """,
    "an expected failure": """
        def answer(model, x):
            try:
                return model.predict(x)
            except KeyError:
                return 0
        """,
    "a try around something else": """
        def answer(path):
            try:
                return read(path)
            except Exception:
                return 0
        """,
    "a prediction that is only defined there": """
        try:
            def answer(x):
                return model.predict(x)
        except Exception:
            pass
        """,
    "different classes": """
        try:
            run()
        except ValueError:
            a()
        except KeyError:
            b()
        except errors.Timeout:
            c()
        except other.Timeout:
            d()
        """,
}


@pytest.mark.parametrize("name", FAULTS)
def test_found(name: str, marked: Marked) -> None:
    marked(CHECKPOINT, FAULTS[name])


@pytest.mark.parametrize("name", NO_FAULTS)
def test_no_finding_for(name: str, marked: Marked) -> None:
    marked(CHECKPOINT, NO_FAULTS[name])


SERVICE = """
from fastapi import FastAPI, HTTPException
app = FastAPI()
@app.post("/predict")
def predict(x: int):
    try:
        return {"y": model.predict(x)}
    except Exception as error:
        {handler}
"""


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        ("raise HTTPException(status_code=503) from error", "PASS"),
        ("raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE)", "PASS"),
        ("return fallback_prediction(x)", "PASS"),
        ("raise HTTPException(500) from error", "UNKNOWN"),
    ],
)
def test_a_service_passes_with_an_honest_answer(handler: str, status: str, judged: Judged) -> None:
    score = judged(CHECKPOINT, {"app.py": SERVICE.replace("{handler}", handler)})
    assert score.status == status
    assert ("app.py:7" in score.evidence) == (status == "PASS")


def test_an_honest_answer_in_what_is_no_prediction_service_is_not_enough(judged: Judged) -> None:
    text = SERVICE.replace("{handler}", "raise HTTPException(503)").replace("predict", "users")
    assert judged(CHECKPOINT, {"app.py": text}).status == "UNKNOWN"
