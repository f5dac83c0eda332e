"""What is wrong with a plan or its manifests, or worth knowing before they are merged.

components      Rules on what revisions need beside themselves: node agents, and CustomResourceDefinitions
defaults        Rules on the default revision and on tags
delivery        Rules on how the tree gets to its controller
github          Findings as workflow commands of GitHub Actions, which it shows beside the lines of a pull request
hazards         The hazards of the upgrades that a cluster is in, as findings: only those that its files show
labels          Rules on the labels that choose an injector: of namespaces, and of workloads that are passed through
managed_fields  Rules on what other field managers own in a cluster of what the tree brings there
meshes          Several meshes in one cluster: each control plane is to see namespaces of its own only
registry        All rules by their codes, and one cluster asked all of them
rule            What a rule is: a question to one cluster under a code that stays, and what it answers
sarif           Findings as SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure reads (OASIS, SARIF 2.1.0)
versions        Rules on releases: how far a move may go, what works beside what, and what is supported on a day
view            One cluster as rules look at it: all that files say of it, prepared once
waivers         What is left of findings once the fleet has had its say
webhooks        Rules on webhooks as they will stand in the cluster
workloads       Rules on what is passed through beside the mesh
"""
