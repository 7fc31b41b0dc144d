"""Rules about YAML: Kubernetes workloads, Compose services, and stated targets."""

import re
from collections.abc import Iterator

from agent.constitution.manifest import Node, documents
from agent.constitution.observation import Observation, doubt, fault, good, note
from agent.constitution.sources import Source

WORKLOADS = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
# What sets the resources of workloads from elsewhere.
DEFAULTS = frozenset({"LimitRange", "VerticalPodAutoscaler"})
PATCH = re.compile(r"path:\s*[\"']?/spec/template/spec/containers/\d+/resources")
FALSE = frozenset({"false", "False", "FALSE"})
TRUE = frozenset({"true", "True", "TRUE"})
LINT_FIX = "Set resources.requests.cpu, resources.requests.memory and resources.limits.memory from measured use."


def relevant(text: str) -> bool:
    """Whether a YAML file can hold anything that is judged; a template for another tool cannot."""
    return "{{" not in text and any(word in text for word in ("kind:", "services:", '"kind"'))


def manifests(source: Source) -> Iterator[Observation]:
    """Judge the documents of a YAML file. Raises yaml.YAMLError or TooDeep when it cannot be read."""
    if source.role == "test":
        return
    if match := PATCH.search(source.text):
        yield note("defaults", source.text.count("\n", 0, match.start()) + 1, "a patch sets resources")
    if not relevant(source.text):
        return
    for document in documents(source.text):
        for resource in (document, *_listed(document)):
            yield from _resource(resource)


def _listed(document: Node) -> list[Node]:
    items = document.get("items")
    return items.items() if document.text_at("kind") == "List" and items is not None else []


def _resource(node: Node) -> Iterator[Observation]:
    kind = node.text_at("kind")
    if kind in WORKLOADS and "/" in node.text_at("apiVersion"):
        pod = node.get(*WORKLOADS[kind])
        if pod is not None:
            yield from _pod(f"{kind}/{node.text_at('metadata', 'name')}", pod)
    elif kind == "HorizontalPodAutoscaler":
        yield from _autoscaler(node)
    elif kind in DEFAULTS:
        yield note("defaults", node.line, f"a {kind} sets resources")
    elif kind in {"SLO", "PrometheusServiceLevel"}:
        yield good("performance.slo", node.line, f"{kind} {node.text_at('metadata', 'name')} states a target")
    elif not kind and (services := node.get("services")) is not None:
        yield from _compose(services)


def _pod(owner: str, pod: Node) -> Iterator[Observation]:
    containers = pod.get("containers")
    # A patch names a container without its image: what it leaves out stands elsewhere.
    whole = [item for item in containers.items() if item.get("image") is not None] if containers is not None else []
    for container in containers.items() if containers is not None else []:
        name = f"{owner}/{container.text_at('name')}"
        lacking = _lacking(container)
        if not lacking:
            yield good("cost.resources", container.line, f"{name} states requests and a memory limit")
            yield note(f"resources of {name}", container.line, name)
        elif container.get("resources") is not None and container not in whole:
            yield note(f"resources of {name}", container.line, name)
        elif container in whole:
            yield fault(
                "cost.resources", container.line, f"{name} has no {' and no '.join(lacking)}", LINT_FIX, tag=name
            )
        for probe, tag in (("livenessProbe", "live"), ("readinessProbe", "ready")):
            if (found := container.get(probe)) is not None:
                yield note(tag, found.line, f"the {probe} of {name}")
    for container in whole:
        yield from _root(f"{owner}/{container.text_at('name')}", pod, container)


def _lacking(container: Node) -> list[str]:
    """Return what a container does not state; a request that is left out is set to the limit."""
    resources = container.get("resources")
    if resources is None:
        return ["resources"]
    lacking = [
        f"request for {what}"
        for what in ("cpu", "memory")
        if resources.get("requests", what) is None and resources.get("limits", what) is None
    ]
    return lacking + (["memory limit"] if resources.get("limits", "memory") is None else [])


def _root(name: str, pod: Node, container: Node) -> Iterator[Observation]:
    """Judge who a container runs as: its own security context goes before the pod's."""

    def setting(key: str) -> Node | None:
        return container.get("securityContext", key) or pod.get("securityContext", key)

    user, non_root = setting("runAsUser"), setting("runAsNonRoot")
    if user is not None and user.text == "0":
        yield fault(
            "security.non-root",
            user.line,
            f"{name} runs as user 0",
            "Set runAsUser to a number above 0, and runAsNonRoot: true.",
        )
    elif non_root is not None and non_root.text in FALSE and user is None:
        yield fault(
            "security.non-root",
            non_root.line,
            f"{name} allows root with runAsNonRoot: false",
            "Set runAsNonRoot: true and a runAsUser above 0.",
        )
    elif (non_root is not None and non_root.text in TRUE) or (user is not None and user.text.isdigit()):
        where = non_root or user
        yield good("security.non-root", where.line if where else container.line, f"{name} may not run as root")


def _autoscaler(node: Node) -> Iterator[Observation]:
    if node.get("spec", "scaleTargetRef") is None:
        return
    name = f"HorizontalPodAutoscaler/{node.text_at('metadata', 'name')}"
    metrics, simple = node.get("spec", "metrics"), node.get("spec", "targetCPUUtilizationPercentage")
    if (metrics is None or not metrics.items()) and simple is None:
        message = f"{name} names no metric, so it scales on 80 % CPU whatever the service is bound by"
        yield fault(
            "cost.resources",
            node.line,
            message,
            "Name the metric: CPU if the service is bound by it, else requests in flight or queue length.",
            tag=name,
        )
    else:
        yield note(f"resources of {name}", node.line, name)


def _compose(services: Node) -> Iterator[Observation]:
    for name, service in services.pairs():
        limit = service.get("deploy", "resources", "limits", "memory") or service.get("mem_limit")
        if limit is not None:
            yield good("cost.resources", limit.line, f"the Compose service {name} has a memory limit")
        elif service.get("image") is not None or service.get("build") is not None:
            yield doubt("cost.resources", service.line, f"the Compose service {name} has no memory limit")
