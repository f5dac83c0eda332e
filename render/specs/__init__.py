"""Kinds and how they are read: YAML with places, the Kustomize subset, schemas, typed specs.

annotations       Istio's annotations
build             Objects that satisfy their schema as the dataclasses of `kinds.py`, with defaults filled in
check             One object, checked: what it is to meshrev, its typed spec, and what is wrong with it
clusters          Clusters as typed specs
duration          Lengths of time as people write them: `24h`, `1h30m`, `7d`
fleet             The fleet's own file, `meshrev.yaml`, and the overlays that it names
fleet_releases    What a fleet adds to what this program knows
istio_operator/   IstioOperator (`install.istio.io/v1alpha1`)
kinds             The kinds that meshrev understands, as data
mesh_config       Is a MeshConfig one that istiod reads? Names, types, enums, as deep as it goes
mesh_gateway      The kind MeshGateway as data
releases          Which Istio releases there are, what an alias stands for, and how long each minor is supported
required_version  Which versions of meshrev a fleet or a cluster accepts
rollout/          The kind RevisionRollout
rules             Rules of one object that a schema cannot say
schema            The JSON Schemas of the kinds
schema_checker    A quick yes or no for the JSON Schemas of this package, compiled from the schemas themselves
settings          The settings of a cluster: what its Cluster says, else what the Fleet says of all of them
topology          A cluster's part in a mesh of several, as its Cluster says it
values/           Are the Helm values that somebody wrote ones that the release knows, and what was meant where not
"""
