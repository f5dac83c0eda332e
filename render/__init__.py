"""meshrev: Istio revisions rendered from a git repository, promoted by commits.

__main__     `python -m render`: the same as `meshrev`
areas        The folders of the tree
charts/      Istio's Helm charts as they are vendored in a fleet repo, as data: nothing here renders or fetches
cli/         The command line: one file a verb; arguments, printing, exit code
codes        The codes of findings
compare/     How two objects, or two trees, differ: as a person reads it, with credentials masked
errors       What stops a command, each with the exit code that it means
finding      One type for everything that is wrong or worth saying: what lint, errors, SARIF and the terminal print
forge/       Pull requests on GitHub, GitLab and Gitea (Forgejo too): each a module of five functions over httpx
gates/       May the next wave of a rollout go? Each gate answers one question: pass, wait or fail, and why
git/         The git program: how it is called, and what commits, trees and branches hold
hazards/     What is known to go wrong in upgrades, as data, and whether a fleet meets it
kubernetes/  What an API server takes of an object; knows nothing of Istio
kustomize/   Files to objects, as Kustomize builds them; knows nothing of Istio
lint/        What is wrong with a plan or its manifests, or worth knowing before they are merged
logs         The loggers of the program, and how what they tell stands on standard error where it is asked for
manifests/   From the plan to Kubernetes objects
messages     The words of messages
operations/  What a verb of the command line does, in terms of the other rooms
plan/        Pure functions from specs and inventory to who serves whom
secrets      What looks like a secret in a text, left out of it
specs/       Kinds and how they are read: YAML with places, the Kustomize subset, schemas, typed specs
tree/        Objects to files, and files to the disk: layout, YAML, inventory, journal, differences
version      The program's own version, alone so that `meshrev --version` reads nothing else
yamlio/      YAML as text: reading it with places, writing it; knows nothing of Kubernetes
"""
