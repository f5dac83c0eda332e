"""Trees of kustomizations that nobody thought of: bases, components, overlays, objects of many kinds, patches of every
form, in every style of YAML, as a random source decides."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.campaign.yaml_styles import NULLS, WORDS, Word, any_style

FOLDER = "overlay"  # what is built of a tree

_POD: dict[str, Any] = {
    "containers": [
        {
            "name": "discovery",
            "image": "pilot:1",
            "args": ["discovery", "-v"],
            "env": [{"name": "A", "value": Word('"1"')}, {"name": "B", "value": "b"}, {"name": "C"}],
            "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}],
            "volumeMounts": [{"mountPath": "/a", "name": "v"}, {"mountPath": "/b", "name": "w"}],
            "resources": {"requests": {"cpu": "100m", "memory": None}},
        },
        {"name": "proxy", "ports": [{"containerPort": 15090}, {"containerPort": 15021, "name": "health"}]},
    ],
    "initContainers": [{"name": "init", "env": [{"name": "A", "value": "x"}]}],
    "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "configMap": {"name": "a"}}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "imagePullSecrets": [{"name": "a"}],
    "serviceAccountName": "a",
    "topologySpreadConstraints": [
        {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1, "labelSelector": {}}
    ],
    "affinity": {
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "a"}}}
            ]
        }
    },
}
_TEMPLATE: dict[str, Any] = {"metadata": {"labels": {"app": "a"}, "annotations": {"x": "y"}}, "spec": _POD}
_SELECTOR = {"matchLabels": {"app": "a"}}
_WEBHOOKS = [
    {"name": "one.istio.io", "clientConfig": {"service": {"name": "a", "namespace": "default", "path": "/inject"}}},
    {"name": "two.istio.io", "clientConfig": {"url": "https://a"}, "rules": [{"operations": ["CREATE"]}]},
]
_ISTIO = {
    "version": "v1.24.2",
    "values": {
        "pilot": {"env": {"A": Word('"1"'), "B": None}, "autoscaleMin": 2, "resources": None, "cni": {"enabled": True}},
        "global": {"hub": "a.io/b", "proxy": {"resources": {"requests": {"cpu": "10m"}}}},
        "meshConfig": {"extensionProviders": [{"name": "one"}, {"name": "two", "zipkin": {}}], "rootNamespace": ""},
    },
}
_RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
_SUBJECTS = [
    {"kind": "ServiceAccount", "name": "default", "namespace": "default"},
    {"kind": "ServiceAccount", "name": "a", "namespace": "ns"},
    {"kind": "User", "name": "a"},
]

# apiVersion, kind, the rest beside metadata; those that this program sees most come more than once. No admission
# policies: 5.8.1 takes them to be in a namespace, where patches find them.
_KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *((("sailoperator.io/v1", "Istio", {"spec": _ISTIO})),) * 3,
    ("sailoperator.io/v1", "IstioRevisionTag", {"spec": {"targetRef": {"kind": "Istio", "name": "a"}}}),
    *((("apps/v1", "Deployment", {"spec": {"replicas": 1, "selector": _SELECTOR, "template": _TEMPLATE}})),) * 3,
    ("apps/v1", "DaemonSet", {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}}),
    (
        "apps/v1",
        "StatefulSet",
        {
            "spec": {
                "selector": _SELECTOR,
                "serviceName": "a",
                "template": _TEMPLATE,
                "volumeClaimTemplates": [{"metadata": {"name": "v"}, "spec": {"storageClassName": "a"}}],
            }
        },
    ),
    ("apps/v1", "ReplicaSet", {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}}),
    ("batch/v1", "Job", {"spec": {"template": _TEMPLATE}}),
    ("batch/v1", "CronJob", {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": _TEMPLATE}}}}),
    ("v1", "Pod", {"spec": _POD}),
    *(
        (
            "v1",
            "Service",
            {
                "spec": {
                    "selector": {"app": "a"},
                    "clusterIP": None,
                    "ports": [
                        {"port": 15010, "name": "grpc"},
                        {"port": 53, "protocol": "UDP"},
                        {"port": 53, "protocol": "TCP"},
                    ],
                }
            },
        ),
    )
    * 2,
    *((("v1", "ConfigMap", {"data": {"mesh": "a: b\nc: [d]\n", "k": "v", "n": Word('"1"'), "e": ""}})),) * 3,
    ("v1", "Secret", {"stringData": {"k": "v"}, "type": "Opaque"}),
    ("v1", "ServiceAccount", {"secrets": [{"name": "a"}], "imagePullSecrets": [{"name": "a"}]}),
    *((("v1", "Namespace", {})),) * 2,
    ("v1", "PersistentVolumeClaim", {"spec": {"resources": {"requests": {"storage": "1Gi"}}, "volumeName": "a"}}),
    ("v1", "Endpoints", {"subsets": [{"addresses": [{"ip": "10.0.0.1"}]}]}),
    ("rbac.authorization.k8s.io/v1", "Role", {"rules": _RULES}),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", {"rules": _RULES, "aggregationRule": None}),
    *(
        (
            "rbac.authorization.k8s.io/v1",
            kind,
            {"roleRef": {"kind": "Role", "name": "a", "apiGroup": "rbac.authorization.k8s.io"}, "subjects": _SUBJECTS},
        )
        for kind in ("RoleBinding", "ClusterRoleBinding")
    ),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", {"webhooks": _WEBHOOKS}),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"webhooks": _WEBHOOKS}),
    (
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        {
            "spec": {
                "group": "b.io",
                "conversion": {"webhook": {"clientConfig": {"service": {"name": "a", "namespace": "x"}}}},
            }
        },
    ),
    ("apiregistration.k8s.io/v1", "APIService", {"spec": {"service": {"name": "a", "namespace": "x"}}}),
    (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        {"spec": {"podSelector": _SELECTOR, "ingress": [{"from": [{"podSelector": _SELECTOR}]}], "egress": []}},
    ),
    ("networking.k8s.io/v1", "Ingress", {"spec": {"rules": [{"http": {"paths": [{"path": "/"}]}}]}}),
    ("example.com/v1", "AllowList", {"spec": {"items": ["a"]}}),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"selector": _SELECTOR, "minAvailable": 1}}),
    (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "a"}, "maxReplicas": 2}},
    ),
    ("networking.istio.io/v1", "Gateway", {"spec": {"selector": {"istio": "a"}, "servers": [{"hosts": ["*"]}]}}),
    ("telemetry.istio.io/v1", "Telemetry", {"spec": {"tracing": [{"randomSamplingPercentage": 1.5}]}}),
)
_NAMES = ("a", "b", "a-1", "istiod", "default", "x.y")
_NAMESPACES = ("istio-system", "ns", "default", "other")
_KEYS = ("app", "istio.io/rev", "a", "b", "example.com/x")
_VALUES = ("a", "b", "prod", "v1", "", "1-0")
_ELEMENT_KEYS = ("name", "containerPort", "protocol", "port", "mountPath", "topologyKey", "whenUnsatisfiable")
_IDENTITY = ("/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace")
_REFUSED: tuple[tuple[str, Any], ...] = (
    ("namePrefix", "x-"),
    ("nameSuffix", "-x"),
    ("images", [{"name": "pilot", "newTag": "2"}]),
    ("configMapGenerator", [{"name": "made", "literals": ["a=b"]}]),
    ("replicas", [{"name": "a", "count": 2}]),
    ("patchesStrategicMerge", []),
    ("sortOptions", {"order": "legacy"}),
)


class Tree:
    """One tree: `files` by path. How odd its values are is decided once, so that most trees can be built.

    `suffix` is the end of every object's name, so that trees can be built together; in a tree that `is_tame` all is of
    the type that it should have, so that Kustomize can build it.
    """

    def __init__(self, random: Random, suffix: str = "", is_tame: bool = False) -> None:
        self.files: dict[str, str] = {}
        self._random = random
        self._suffix = suffix
        self._is_tame = is_tame
        self._odd = 0 if is_tame else random.choice((0, 0, 0.01, 0.04))
        self._nulls = random.choice((0, 0.02, 0.1))
        self._objects: list[dict[str, Any]] = []  # those that a layer is likely to have
        if random.random() < 0.3:
            self._folder("base/deeper", resources=self._own("base/deeper"))
        bases = ["deeper"] if self.files else []
        self._folder("base", resources=[*self._own("base"), *bases])
        first = list(self._objects)
        above = ["../base"]
        if random.random() < 0.2:
            self._objects = []
            self._folder("other", resources=self._own("other"))
            above.append("../other")
            self._objects += first
        components = []
        if random.random() < 0.3:
            own = self._own("component") if random.random() < 0.4 else []
            below = []
            if random.random() < 0.2:
                self._folder("component/below", resources=[], kind="Component")
                below = ["below"]
            self._folder("component", resources=own, components=below, kind="Component")
            components = ["../component"]
        own = self._own(FOLDER) if random.random() < 0.4 else []
        self._folder(FOLDER, resources=[*above, *own], components=components)

    def write(self, root: Path) -> None:
        """Write the files below a folder."""
        for name, text in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    def _text(self, documents: list[Any]) -> str:
        text = any_style(self._random).text(documents)
        if self._does(0.03):
            text = text.replace("\n", "\r\n")
        return f"\ufeff{text}" if self._does(0.01) else text

    def _does(self, chance: float) -> bool:
        return self._random.random() < chance

    def _own(self, folder: str) -> list[str]:
        """Files of objects in a folder."""
        names: list[str] = []
        for number in range(self._random.choice((1, 1, 2))):
            objects: list[Any] = []
            for _ in range(self._random.choice((1, 1, 2, 3))):
                objects.append(self._object())
                self._objects.append(objects[-1])
            documents: list[Any] = list(objects)
            if self._does(0.08):
                documents = [{"apiVersion": "v1", "kind": self._random.choice(("List", "AnyList")), "items": objects}]
            elif self._does(0.04):
                documents.insert(self._random.randrange(len(documents) + 1), None)
            name = f"objects-{number}.{self._random.choice(('yaml', 'yaml', 'yml', 'json'))}"
            name = f"deep/er/{name}" if self._does(0.1) else name
            self.files[f"{folder}/{name}"] = self._text(documents)
            names.append(name)
        return names

    def _object(self) -> dict[str, Any]:
        api_version, kind, rest = copy.deepcopy(self._random.choice(_KINDS))
        metadata: dict[str, Any] = {"name": self._name(kind)}
        if self._does(0.3):
            metadata["namespace"] = self._random.choice(_NAMESPACES)
        for field in ("labels", "annotations"):
            if self._does(0.4):
                metadata[field] = self._texts()
        if self._does(0.05):
            metadata["finalizers"] = ["example.com/a"]
        rest = self._spoiled(self._thinned(rest))
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}

    def _name(self, kind: str) -> str:
        """A name that another object of the kind has seldom, since that is an error."""
        taken = {one["metadata"]["name"] for one in self._objects if one["kind"] == kind}
        names = [name + self._suffix for name in _NAMES]
        free = [name for name in names if name not in taken]
        return self._random.choice(free if free and self._does(0.95) else names)

    def _texts(self) -> Any:
        keys = self._random.sample(_KEYS, self._random.randint(1, 3))
        return {key: self._odd_or(self._random.choice(_VALUES), 3) for key in keys}

    def _odd_or(self, value: Any, times: float = 1) -> Any:
        if self._does(self._odd * times):
            return self._random.choice(WORDS)
        return self._random.choice(NULLS) if self._does(self._nulls) else value

    def _thinned(self, value: Any) -> Any:
        """Parts of a value: less to print, and other combinations."""
        if isinstance(value, dict):
            return {key: self._thinned(item) for key, item in value.items() if key in _ELEMENT_KEYS or self._does(0.8)}
        return [self._thinned(item) for item in value] if isinstance(value, list) else value

    def _spoiled(self, value: Any) -> Any:
        """A value with some nulls and odd words, and seldom something of another type."""
        if isinstance(value, dict):
            return {key: item if key in _ELEMENT_KEYS else self._spoiled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._spoiled(item) for item in value]
        return self._odd_or(value)

    def _folder(
        self, folder: str, resources: list[str], components: list[str] | None = None, kind: str = "Kustomization"
    ) -> None:
        data: dict[str, Any] = {}
        if kind == "Component" or self._does(0.3):
            version = "v1alpha1" if kind == "Component" else "v1beta1"
            data = {"apiVersion": f"kustomize.config.k8s.io/{version}", "kind": kind}
        fields: dict[str, Any] = {}
        if resources:
            fields["resources"] = resources
        if components:
            fields["components"] = components
        if self._does(0.5):
            number = self._random.choice((1, 1, 2, 3))
            fields["patches"] = [self._patch(folder, index) for index in range(number)]
        if self._does(0.25):
            fields["namespace"] = self._random.choice(_NAMESPACES) + self._suffix  # the name of each Namespace too
        if self._does(0.2):
            fields["labels"] = [self._label_set() for _ in range(self._random.choice((1, 1, 2)))]
        if self._does(0.12):
            fields["commonLabels"] = self._pairs()
        if self._does(0.15):
            fields["commonAnnotations"] = self._pairs()
        if self._does(0.02):
            field, value = self._random.choice(_REFUSED)
            fields[field] = value
        if not fields and (self._is_tame or self._does(0.95)):
            fields["commonAnnotations"] = self._pairs()
        names = self._random.sample(list(fields), len(fields))
        data |= {name: fields[name] for name in names}
        file = self._random.choice(("kustomization.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization"))
        self.files[f"{folder}/{file}"] = self._text([data])

    def _pairs(self) -> dict[str, str]:
        keys = self._random.sample(_KEYS, self._random.randint(1, 2))
        return {key: self._random.choice(_VALUES) for key in keys}

    def _label_set(self) -> dict[str, Any]:
        labels: dict[str, Any] = {"pairs": self._pairs()}
        for flag in ("includeSelectors", "includeTemplates"):
            if self._does(0.3):
                labels[flag] = self._does(0.8)
        return labels

    def _patch(self, folder: str, number: int) -> dict[str, Any]:
        target = self._random.choice(self._objects)
        selector: dict[str, Any] | None = self._selector(target) if self._does(0.45) else None
        if self._does(0.3):
            operations = self._operations(target)
            text = json.dumps(_plain(operations)) if self._does(0.2) else any_style(self._random).text([operations])
            selector = selector or {"kind": target["kind"], "name": target["metadata"]["name"]}
        else:
            patches = [self._merge(target)]
            if selector is None and self._does(0.1):
                patches.append(self._merge(self._random.choice(self._objects)))
            text = any_style(self._random).text(patches)
        entry: dict[str, Any] = {"target": selector} if selector else {}
        if self._does(0.5):
            self.files[f"{folder}/patch-{number}.yaml"] = text.replace("\n", "\r\n") if self._does(0.03) else text
            return {"path": f"patch-{number}.yaml", **entry}
        return {"patch": text, **entry}

    def _selector(self, target: dict[str, Any]) -> dict[str, Any]:
        name, kind = str(target["metadata"]["name"]), target["kind"]
        forms: dict[str, tuple[str, ...]] = {
            "kind": (kind, f"{kind[:4]}.*", f"{kind}|Service", ".*"),
            "name": (name, ".*", f"{name[0]}.*", f"({name}|other)", "nobody"),
            "namespace": (*_NAMESPACES, "istio-.*", "_non_namespaceable_"),
            "group": (target["apiVersion"].rpartition("/")[0] or "apps", ".*"),
            "version": (target["apiVersion"].rpartition("/")[2], "v1.*"),
            "labelSelector": ("app=a", "app in (a,b)", "app!=a", "!app", "a,b", "app notin (a)", "istio.io/rev=prod"),
            "annotationSelector": ("a=b", "app", "!a"),
        }
        chances = {"kind": 0.7, "name": 0.6}
        found = {
            field: self._random.choice(texts) for field, texts in forms.items() if self._does(chances.get(field, 0.12))
        }
        return found or {"kind": kind}

    def _merge(self, target: dict[str, Any]) -> dict[str, Any]:
        metadata = {key: value for key, value in target["metadata"].items() if key in ("name", "namespace")}
        patch: dict[str, Any] = {"apiVersion": target["apiVersion"], "kind": target["kind"], "metadata": metadata}
        for field in ("labels", "annotations"):
            if self._does(0.2):
                metadata[field] = self._texts() if self._does(0.8) else self._random.choice(NULLS)
        body = {key: value for key, value in target.items() if key not in ("apiVersion", "kind", "metadata")}
        patch |= self._mapping_patch(body, 0)
        if self._does(0.03):
            patch["$patch"] = "delete"
        return patch

    def _mapping_patch(self, target: dict[str, Any], depth: int) -> dict[str, Any]:
        chance = 0.6 if depth < 2 else 0.4
        patch = {key: self._value_patch(value, depth + 1) for key, value in target.items() if self._does(chance)}
        if self._does(0.15):
            patch[self._random.choice(("added", "other", "a"))] = self._addition(0)
        if depth and self._does(0.04):
            patch["$patch"] = self._random.choice(("replace", "merge", "delete"))
        if self._does(0.005):
            directive = self._random.choice(("$retainKeys", "$setElementOrder/ports", "$deleteFromPrimitiveList/args"))
            patch[directive] = ["a"]
        return patch

    def _value_patch(self, target: Any, depth: int) -> Any:
        if self._does(0.06):
            return self._random.choice(NULLS)
        if self._does(0.02) and not self._is_tame:
            return self._addition(0)
        if isinstance(target, dict):
            return self._mapping_patch(target, depth)
        if isinstance(target, list) and target and isinstance(target[0], dict):
            return self._list_patch(target, depth)
        if isinstance(target, list):
            return self._random.sample(["x", "y", *target], self._random.randint(0, 2))
        words = ("x", Word('"1"'), 1, 2.5, True, "", Word("'yes'"), *self._random.sample(WORDS, 1))
        return self._random.choice(words)

    def _list_patch(self, target: list[Any], depth: int) -> list[Any]:
        found: list[Any] = []
        for item in target:
            if self._does(0.6):
                keys = {key: item[key] for key in _ELEMENT_KEYS if key in item}
                rest = {key: value for key, value in item.items() if key not in keys}
                found.append({**keys, **self._mapping_patch(rest, depth)})
                if self._does(0.05):
                    found[-1] = {**keys, "$patch": self._random.choice(("delete", "replace", "merge"))}
        if self._does(0.3):
            number = self._random.randint(1, 4)
            found.append({"name": f"new{number}", "port": number, "containerPort": number, "mountPath": f"/{number}"})
        if self._does(0.05):
            found.append({"$patch": self._random.choice(("replace", "merge", "delete"))})
        return self._random.sample(found, len(found))

    def _addition(self, depth: int) -> Any:
        kind = self._random.random()
        if depth < 3 and kind < 0.25:
            return {key: self._addition(depth + 1) for key in self._random.sample("abc", self._random.randint(0, 2))}
        if depth < 3 and kind < 0.4:
            return [self._addition(depth + 1) for _ in range(self._random.randint(0, 2))]
        return self._random.choice((*WORDS, *NULLS, "text", "a: b", 1, True))

    def _operations(self, target: dict[str, Any]) -> list[dict[str, Any]]:
        known = [path for path in _pointers(target) if path not in _IDENTITY or self._does(0.05)] or ["/spec"]
        return [self._operation(known) for _ in range(self._random.choice((1, 1, 2, 3)))]

    def _operation(self, known: list[str]) -> dict[str, Any]:
        if self._is_tame:
            op = self._random.choice(("add", "replace", "test"))
            return {"op": op, "path": "/metadata/labels", "value": self._pairs()}
        op = self._random.choice(("add", "add", "replace", "replace", "remove", "move", "copy", "test"))
        path = self._random.choice(known)
        if op in ("add", "move", "copy"):
            path += self._random.choice(("", "/new", "/0", "/-", "/-1")) if self._does(0.6) else ""
        if op == "replace" and self._does(0.1):
            path += "/new"
        operation: dict[str, Any] = {"op": op, "path": path}
        if op in ("add", "replace", "test"):
            operation["value"] = self._addition(0)
        if op in ("move", "copy"):
            operation["from"] = self._random.choice([one for one in known if "annotations" not in one] or known)
        return operation


def _pointers(value: Any, path: str = "") -> Iterator[str]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _pointers(item, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _pointers(item, f"{path}/{index}")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if value in NULLS else str(value) if isinstance(value, Word) else value
