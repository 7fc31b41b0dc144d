"""cost.resources and security.non-root on manifests."""

from collections.abc import Callable, Mapping
from textwrap import dedent, indent

import pytest

from agent.constitution.model import Score

Judged = Callable[[str, Mapping[str, str]], Score]

HEADS = {
    "Deployment": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n",
    "StatefulSet": "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n",
    "DaemonSet": "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n",
    "Job": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n",
    "CronJob": "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: api}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n",
}
FULL = "{requests: {cpu: 1, memory: 1Gi}, limits: {memory: 1Gi}}"


def workload(kind: str, pod: str) -> str:
    return HEADS[kind] + indent(dedent(pod).lstrip("\n"), "          ")


def container(resources: str) -> str:
    return f"containers:\n  - name: api\n    image: api:1\n    resources: {resources}\n"


@pytest.mark.parametrize("kind", HEADS)
def test_every_workload_states_its_needs(kind: str, judged: Judged) -> None:
    score = judged("cost.resources", {"a.yaml": workload(kind, "containers:\n  - name: api\n    image: api:1\n")})
    assert [finding.line for finding in score.findings] == [HEADS[kind].count("\n") + 2]
    assert f"{kind}/api/api" in score.findings[0].message
    assert judged("cost.resources", {"a.yaml": workload(kind, container(FULL))}).status == "PASS"


@pytest.mark.parametrize(
    ("resources", "lacking"),
    [
        ("{}", "request for cpu"),
        ("{requests: {cpu: 1, memory: 1Gi}}", "memory limit"),
        ("{limits: {memory: 1Gi}}", "request for cpu"),
        ("{requests: {cpu: 1}, limits: {cpu: 1}}", "request for memory"),
        ("{limits: {cpu: 1, memory: 1Gi}}", ""),
        (FULL, ""),
    ],
)
def test_a_request_that_is_left_out_is_the_limit(resources: str, lacking: str, judged: Judged) -> None:
    score = judged("cost.resources", {"a.yaml": workload("Deployment", container(resources))})
    assert (score.status == "FAIL") == bool(lacking)
    assert lacking in score.evidence


def test_each_container_and_each_document_counts(judged: Judged) -> None:
    bare = "containers:\n  - name: a\n    image: a:1\n  - name: b\n    image: b:1\n"
    text = workload("Deployment", bare) + "---\n" + workload("Job", container("{}"))
    assert [finding.line for finding in judged("cost.resources", {"a.yml": text}).findings] == [8, 10, 20]


def test_a_list_of_resources_is_read(judged: Judged) -> None:
    item = indent(workload("Deployment", container("{}")), "  ")
    text = "apiVersion: v1\nkind: List\nitems:\n-" + item[1:]
    assert judged("cost.resources", {"a.yaml": text}).status == "FAIL"


def test_resources_that_a_patch_sets_are_set(judged: Judged) -> None:
    base = workload("Deployment", "containers:\n  - name: api\n    image: api:1\n")
    patch = workload("Deployment", f"containers:\n  - name: api\n    resources: {FULL}\n")
    assert judged("cost.resources", {"base/a.yaml": base, "prod/a.yaml": patch}).status == "PASS"


def test_anchors_and_merges_are_followed(judged: Judged) -> None:
    text = f"x-common: &common\n  resources: {FULL}\n" + workload(
        "Deployment", "containers:\n  - name: api\n    image: api:1\n    <<: *common\n"
    )
    assert judged("cost.resources", {"a.yaml": text}).status == "PASS"


@pytest.mark.parametrize(
    "other",
    [
        "apiVersion: v1\nkind: LimitRange\n",
        "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\n",
        "- op: add\n  path: /spec/template/spec/containers/0/resources\n  value: {}\n",
    ],
)
def test_resources_that_are_set_elsewhere_are_unknown(other: str, judged: Judged) -> None:
    files = {"a.yaml": workload("Deployment", container("{}")), "b.yaml": other}
    assert judged("cost.resources", files).status == "UNKNOWN"


NOT_JUDGED = {
    "a template": workload("Deployment", container("{{ .Values.resources }}")),
    "a resource of another kind": "apiVersion: v1\nkind: Service\nspec: {}\n",
    "something with a kind": "kind: Deployment\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}\n",
    "no YAML": "kind: [\n",
}


@pytest.mark.parametrize("name", NOT_JUDGED)
def test_not_judged(name: str, judged: Judged) -> None:
    assert judged("cost.resources", {"a.yaml": NOT_JUDGED[name]}).status == "UNKNOWN"


def autoscaler(spec: str) -> str:
    return f"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: api}}\nspec:\n{indent(spec, '  ')}"


@pytest.mark.parametrize(
    ("spec", "failing"),
    [
        ("scaleTargetRef: {kind: Deployment, name: api}\nmaxReplicas: 5\n", True),
        ("scaleTargetRef: {kind: Deployment, name: api}\nmetrics: []\n", True),
        ("scaleTargetRef: {kind: Deployment, name: api}\nmetrics: [{type: Pods}]\n", False),
        ("scaleTargetRef: {kind: Deployment, name: api}\ntargetCPUUtilizationPercentage: 60\n", False),
        ("maxReplicas: 9\n", False),
    ],
)
def test_an_autoscaler_names_its_metric(spec: str, failing: bool, judged: Judged) -> None:
    score = judged("cost.resources", {"a.yaml": autoscaler(spec)})
    assert [finding.line for finding in score.findings] == ([1] if failing else [])


@pytest.mark.parametrize(
    ("service", "status"),
    [
        ("{image: api, deploy: {resources: {limits: {memory: 512M}}}}", "PASS"),
        ("{image: api, mem_limit: 512m}", "PASS"),
        ("{image: api}", "UNKNOWN"),
    ],
)
def test_a_compose_file_may_pass_and_never_fails(service: str, status: str, judged: Judged) -> None:
    assert judged("cost.resources", {"compose.yaml": f"services:\n  api: {service}\n"}).status == status


CONTEXTS: dict[str, tuple[str, str]] = {
    "user 0": ("containers:\n  - name: a\n    image: a:1\n    securityContext: {runAsUser: 0}\n", "FAIL"),
    "user 0 for the pod": ("securityContext: {runAsUser: 0}\ncontainers:\n  - {name: a, image: 'a:1'}\n", "FAIL"),
    "root allowed": ("securityContext: {runAsNonRoot: false}\ncontainers:\n  - {name: a, image: 'a:1'}\n", "FAIL"),
    "the container goes before the pod": (
        "securityContext: {runAsUser: 0}\ncontainers:\n  - {name: a, image: 'a:1', securityContext: {runAsUser: 1000}}\n",
        "PASS",
    ),
    "root refused": ("securityContext: {runAsNonRoot: true}\ncontainers:\n  - {name: a, image: 'a:1'}\n", "PASS"),
    "nothing said": ("containers:\n  - {name: a, image: 'a:1'}\n", "UNKNOWN"),
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_who_runs(name: str, judged: Judged) -> None:
    pod, status = CONTEXTS[name]
    score = judged("security.non-root", {"a.yaml": workload("Deployment", pod)})
    assert score.status == status, score
    assert all(finding.path == "a.yaml" and finding.line > 6 for finding in score.findings)
