"""The codes of findings: one table, from which findings, lint, SARIF and the index of the pages take what they say.

A code keeps its meaning for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

Severity = Literal["error", "warning", "info"]

Family = Literal[
    # What lint looks for.
    "labels",
    "defaults",
    "versions",
    "components",
    "webhooks",
    "meshes",
    "delivery",
    "workloads",
    "managed fields",
    "hazards",
    "waivers",
    # What keeps a command from doing its work.
    "files",
    "observations",
    "kustomizations",
    "specs",
    "values",
    "fleet",
    "crds",
    "tree",
    "git",
    "forge",
    "operations",
    "functions",
    "options",
    "cluster",
    "charts",
]

# Where the pages are, in meshrev's own repository.
DOCS = "docs/rules"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for, in a few words, and how serious it is where the finding itself does not say otherwise.

    `has_page` is true of a rule of lint, which a page explains; the messages of the others say what to do.
    """

    code: str
    title: str
    family: Family
    severity: Severity = "error"
    has_page: bool = False

    @property
    def page(self) -> str | None:
        """Returns the path of its page in meshrev's repository, None where it has none."""
        return f"{DOCS}/{self.code}.md" if self.has_page else None


# Stands for the severity that the code has in the table.
ITS_OWN = cast(Severity, "its own")


def severity_of(code: str, said: Severity = ITS_OWN) -> Severity:
    """Returns the severity that was said, or the code's own. `KeyError` for a code that the table does not have."""
    own = CODES[code].severity
    return own if said == ITS_OWN else said


TABLE = (
    Code("MR000", "A bug of meshrev, told as a function's result", "functions"),
    Code("MR001", "No file or folder where one is read", "files"),
    Code("MR002", "A file where a folder should be, or the reverse", "files"),
    Code("MR003", "Input that is too large, or takes too long to build", "files"),
    Code("MR004", "A folder that cannot be read", "files"),
    Code("MR005", "A path out of the fleet's root", "files"),
    Code("MR006", "Not UTF-8", "files"),
    Code("MR007", "Not YAML", "files"),
    Code("MR008", "A key twice in a mapping", "files"),
    Code("MR009", "A key that is no text", "files"),
    Code("MR010", "A YAML tag that is not read, or not of this value", "files"),
    Code("MR011", "Aliases that stand for too much", "files"),
    Code("MR012", "Nested too deeply", "files"),
    Code("MR013", "A number that JSON does not have", "files"),
    Code("MR014", "PyYAML without libyaml", "files"),
    Code("MR015", "Not a Kubernetes object", "files"),
    Code("MR016", "Standard input that is not what the command asked kubectl for", "observations"),
    Code("MR017", "An observation of another cluster", "observations"),
    Code("MR018", "An observation's file or folder that cannot be read", "observations"),
    Code("MR019", "An observation's time that cannot be", "observations"),
    Code("MR020", "A field of a kustomization that meshrev does not build", "kustomizations"),
    Code("MR021", "An old form of a kustomization's field", "kustomizations"),
    Code("MR022", "A mistake in a kustomization", "kustomizations"),
    Code("MR023", "No kustomization in a folder, or more than one", "kustomizations"),
    Code("MR024", "A resource on another machine", "kustomizations"),
    Code("MR025", "Kustomizations that refer to each other in a circle", "kustomizations"),
    Code("MR026", "One object twice in a build", "kustomizations"),
    Code("MR027", "A patch without its object", "kustomizations"),
    Code("MR028", "A patch that cannot be read", "kustomizations"),
    Code("MR029", "A patch that cannot be applied", "kustomizations"),
    Code("MR030", "A label or annotation selector that cannot be read", "kustomizations"),
    Code("MR031", "A patch without effect", "kustomizations", "warning"),
    Code("MR032", "A file that Kustomize would not read from there", "kustomizations"),
    Code("MR033", "A Component under `resources`, or the reverse", "kustomizations"),
    Code("MR034", "A namespace, label or reference of an object that Kustomize cannot set", "kustomizations"),
    Code("MR035", "No committed tree, which alone knows the older revisions", "tree"),
    Code("MR036", "An alias without a committed tree", "tree", "warning"),
    Code("MR037", "The committed tree is not what the specs say", "tree"),
    Code("MR038", "A file of the tree that is not one object, or one that is there twice", "tree"),
    Code("MR039", "A plugin's parameter that is wrong, or that chooses nothing", "functions"),
    Code("MR040", "An unknown field", "specs"),
    Code("MR041", "A wrong type", "specs"),
    Code("MR042", "A required field that is missing", "specs"),
    Code("MR043", "An unknown version", "specs"),
    Code("MR044", "A value that is not among those allowed", "specs"),
    Code("MR045", "A name, key or path that is not written as it must be", "specs"),
    Code("MR046", "An unknown kind or API version of ours; a kind of Sail's under another group (warning)", "specs"),
    Code("MR047", "A kind, or a source of manifests, that is not supported yet", "specs"),
    Code("MR048", "`values.global.istioNamespace` is not `spec.namespace`", "specs"),
    Code("MR049", "`values.revision` is not the revision's name", "specs"),
    Code("MR050", "A revision's name is too long for its Service", "specs"),
    Code("MR051", "A field that is accepted and has no effect", "specs", "warning"),
    Code("MR052", "A value that neither Sail's API nor the chart knows", "values"),
    Code("MR053", "A value of the wrong type", "values"),
    Code("MR054", "A value that this release does not read", "values", "warning"),
    Code("MR055", "Two clusters of one name", "fleet"),
    Code("MR056", "No Fleet, a second one, or one in the wrong place", "fleet"),
    Code("MR057", "No folder matches the overlays", "fleet"),
    Code("MR058", "Another version of meshrev is required", "fleet"),
    Code("MR059", "A `requiredVersion` that is no version specifier", "fleet"),
    Code("MR060", "A Secret with data (can be waived)", "specs"),
    Code("MR061", "A cluster's name that the tree needs itself", "fleet"),
    Code("MR062", "Fields of a Fleet or Cluster that do not go together", "fleet"),
    Code("MR063", "No cluster, namespace, tag or Istio of the name or labels that were asked for", "options"),
    Code("MR064", "Two objects of one identity in a cluster", "specs"),
    Code("MR065", "An overlay without a Cluster, or a `cluster.yaml` with something else", "fleet"),
    Code("MR066", "An overlay with two Clusters", "fleet"),
    Code("MR067", "An option that is not a day", "options"),
    Code("MR068", "A change that would remove the istiod of a revision in use", "specs"),
    Code("MR069", "Specs without any object where there was a mesh", "specs"),
    Code("MR070", "Two revisions of one name", "specs"),
    Code("MR071", "The namespace of a control plane, which is immutable", "specs"),
    Code("MR072", "A tag or ztunnel that refers to nothing", "specs"),
    Code("MR073", "A tag on a revision of the profile remote", "specs"),
    Code("MR074", "A tag with the name of a revision", "specs"),
    Code("MR075", "A namespace follows a tag that the specs no longer have", "labels", has_page=True),
    Code("MR076", "A namespace follows a revision or tag that nobody serves", "labels", has_page=True),
    Code("MR077", "Something refers to a revision whose spec is gone", "specs"),
    Code("MR078", "Two webhooks inject one pod, or the wrong one does", "webhooks", has_page=True),
    Code("MR079", "A namespace follows a revision that has no webhook here", "webhooks", "warning", has_page=True),
    Code("MR080", "A file of CRDs that does not name its release", "crds"),
    Code("MR081", "CRDs that are older, or fewer, than what clusters have", "crds"),
    Code("MR082", "Two different files of CRDs for one release", "crds"),
    Code("MR083", "A file of CRDs that is not the one that was vendored", "crds"),
    Code("MR084", "A file of CRDs with none, or with something else", "crds"),
    Code("MR085", "An unknown component", "values"),
    Code("MR086", "An unknown profile, platform or compatibility version", "values"),
    Code("MR087", "Values that the chart refuses", "values"),
    Code("MR088", "Values of a shape that the chart cannot use", "values"),
    Code("MR089", "Git: no repository, no such commit, or files that are not as they are committed", "git"),
    Code("MR090", "A name that cannot be a folder of the tree", "tree"),
    Code("MR091", "An inventory that cannot be read", "tree"),
    Code("MR092", "Conflict markers in a rendered file, which is made anew", "tree", "info"),
    Code("MR093", "A file of a frozen revision is missing or changed", "tree"),
    Code("MR094", "A link, file or folder where meshrev keeps its own", "tree"),
    Code("MR095", "A file that is not meshrev's where a rendered one must go", "tree"),
    Code("MR096", "A file that is in no inventory: it is left alone", "tree", "warning"),
    Code("MR097", "A file of the tree that cannot be read or written, or a journal that cannot be finished", "tree"),
    Code("MR098", "An object that no file can hold, or that one folder would hold twice", "tree"),
    Code("MR099", "The folder of a cluster that no overlay describes any more", "tree", "warning"),
    Code("MR101", "Two labels decide who injects a namespace", "labels", "warning", has_page=True),
    Code("MR102", "A label that delivery cannot remove", "labels", has_page=True),
    Code("MR103", "A namespace that no label speaks of", "labels", "info", has_page=True),
    Code("MR104", "A label whose value injects nothing", "labels", "warning", has_page=True),
    Code("MR105", "A workload follows a revision that nobody serves", "labels", "warning", has_page=True),
    Code("MR106", "A label that the namespace's owner has to remove", "labels", "info", has_page=True),
    Code("MR107", "A label of Istio that nothing reads", "labels", "warning", has_page=True),
    Code("MR108", "A value of one of Istio's labels that means nothing", "labels", "warning", has_page=True),
    Code("MR109", "A label of Istio on a kind that does not read it", "labels", "warning", has_page=True),
    Code("MR110", "More than one default", "defaults", has_page=True),
    Code("MR111", "No default, and so no default validator", "defaults", "warning", has_page=True),
    Code("MR112", "The default points at a revision that is going away", "defaults", "warning", has_page=True),
    Code("MR113", "A tag is called like a revision", "defaults", "warning", has_page=True),
    Code("MR120", "Minors are skipped in place", "versions", has_page=True),
    Code("MR121", "Minors are skipped between revisions", "versions", has_page=True),
    Code("MR122", "The data plane is ahead of the control plane", "versions", has_page=True),
    Code("MR123", "The CNI node agent does not fit a revision", "versions", has_page=True),
    Code("MR124", "ztunnel does not fit a revision", "versions", has_page=True),
    Code("MR125", "A release that is out of support", "versions", "warning", has_page=True),
    Code("MR126", "A release whose charts nobody compared", "versions", "warning", has_page=True),
    Code("MR127", "A release that this version of meshrev does not know", "versions", "info", has_page=True),
    Code("MR130", "A revision needs a CNI node agent, and there is none", "components", has_page=True),
    Code("MR131", "A revision needs ztunnel, and there is none", "components", has_page=True),
    Code("MR132", "The CNI node agent does not serve ambient", "components", has_page=True),
    Code("MR133", "Nobody delivers Istio's CustomResourceDefinitions", "components", "info", has_page=True),
    Code("MR134", "CustomResourceDefinitions are older than the control plane", "components", "warning", has_page=True),
    Code("MR135", "An object that the definition of its kind refuses", "components", has_page=True),
    Code("MR140", "An injector asks a Service that is not there", "webhooks", has_page=True),
    Code("MR141", "The address of an external control plane is not valid", "webhooks", has_page=True),
    Code("MR142", "An external control plane is reached by its IP address", "webhooks", "info", has_page=True),
    Code("MR143", "An object is there twice", "webhooks", has_page=True),
    Code("MR150", "Two meshes discover the same namespaces", "meshes", has_page=True),
    Code("MR160", "Argo CD has no Applications from this tree", "delivery", "info", has_page=True),
    Code("MR161", "A pod template with which istiod refuses the pod", "workloads", has_page=True),
    Code("MR162", "An annotation that no release here knows", "workloads", "warning", has_page=True),
    Code("MR163", "An annotation where nobody reads it", "workloads", "warning", has_page=True),
    Code("MR164", "An annotation that is deprecated", "workloads", "info", has_page=True),
    Code("MR165", "An application that runs as the proxy's user", "workloads", "warning", has_page=True),
    Code("MR166", "An EnvoyFilter whose place depends on others", "workloads", "warning", has_page=True),
    Code(
        "MR169",
        "Something that another manager applied stays",
        "managed fields",
        "warning",
        has_page=True,
    ),
    Code("MR170", "History that git cannot tell", "git"),
    Code("MR171", "No operation of that name", "git"),
    Code("MR172", "A revision or cluster that cannot be removed from the tree", "operations"),
    Code("MR173", "A revision that cannot be retired yet", "operations"),
    Code("MR174", "Rendered files whose line endings git turns in this clone", "git", "warning"),
    Code("MR175", "A git submodule where files of the fleet are read from a commit", "git"),
    Code("MR176", "Meshrev's own state of one machine, which git has", "git"),
    Code("MR177", "Frozen revisions that could not be compared with the history", "git", "info"),
    Code("MR180", "An upgrade meets a known hazard", "hazards", "info", has_page=True),
    Code("MR181", "Argo CD's rolling sync has no step for a cluster", "delivery", "warning", has_page=True),
    Code("MR182", "Endpoints that Argo CD leaves out", "delivery", "warning", has_page=True),
    Code("MR183", "Two clusters are delivered to one destination", "delivery", has_page=True),
    Code("MR184", "Labels that go with the form of namespaces", "delivery", "warning", has_page=True),
    Code("MR185", "A node agent goes with the last that needs it", "delivery", has_page=True),
    Code("MR186", "Argo CD or Flux is older than what is rendered", "delivery", has_page=True),
    Code("MR189", "A branch or tag that Argo CD has to look for", "delivery", "info", has_page=True),
    Code("MR190", "A waiver has expired", "waivers", "warning", has_page=True),
    Code("MR191", "A waiver matches nothing", "waivers", "info", has_page=True),
    Code("MR192", "A severity is set for a code that no rule has", "waivers", "warning", has_page=True),
    Code("MR200", "An edit that cannot be made safely", "operations"),
    Code("MR201", "No place for an edit in the specs of a cluster", "operations"),
    Code("MR202", "A committed tree that is not what the specs say, before an operation", "operations"),
    Code("MR203", "A namespace that nothing injects, and moving would", "operations"),
    Code("MR204", "An operation that cannot be taken back", "operations"),
    Code("MR205", "A pull request that cannot be made or updated", "operations"),
    Code("MR206", "A branch that cannot be hydrated", "git"),
    Code("MR210", "A forge's address that cannot be used", "forge"),
    Code("MR220", "A tree whose last change was cut off, where nothing may be written", "tree"),
    Code("MR221", "Not a ResourceList", "functions"),
    Code("MR222", "Not a function of meshrev, or a mistake in its configuration", "functions"),
    Code("MR223", "A function that finds no fleet", "functions"),
    Code("MR224", "An object of a build that is rendered too", "functions"),
    Code("MR225", "A transformer without specs", "functions"),
    Code("MR226", "A build without an object that is committed", "functions"),
    Code("MR227", "An object of a build that differs from the committed one", "functions"),
    Code("MR228", "The outside world failed, told as a function's result", "functions"),
    Code("MR230", "An assignment (`--set`) that cannot be read or made", "options"),
    Code("MR231", "A file of values that is not one map", "options"),
    Code("MR232", "A name on the command line that Kubernetes would refuse", "options"),
    Code("MR240", "No kubectl, or a context that it does not know", "cluster"),
    Code("MR260", "An object that an API server would refuse", "values"),
    Code("MR280", "A vendored chart, or its lock, that is not as it was pulled", "charts"),
    Code("MR281", "A release whose manifests have no source here", "charts"),
    Code("MR282", "Values that a chart refuses, or a chart that prints what is no manifest", "charts"),
    Code("MR283", "A chart that would render something else each time", "charts"),
    Code("MR284", "No Helm to render charts with", "charts"),
    Code("MR285", "A chart that cannot be taken over", "charts"),
    Code("MR286", "A releases.yaml that is not as its schema says", "charts"),
    Code("MR300", "An overlay of an IstioOperator that changes nothing", "specs", "warning"),
    Code("MR301", "Something is where a new fleet's files would go", "files"),
    Code("MR302", "No istioctl to inject with", "cluster"),
    Code("MR303", "A workload that cannot be injected here", "cluster"),
)

CODES = {one.code: one for one in TABLE}
