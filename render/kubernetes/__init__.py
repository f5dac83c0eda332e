"""What an API server takes of an object; knows nothing of Istio.

atomic_defaults  Fields that an API server fills in inside what server-side apply replaces as a whole
check            Objects as an API server looks at them
custom_resource  Custom resources as an API server looks at them: by the OpenAPI of their definition
enums            Fields of Kubernetes' own types that take one of a few words
list_keys        Lists whose entries Kubernetes tells apart by a key (`env` by name)
openapi          What Kubernetes publishes of its own kinds
quantity         Quantities of resources: `500m`, `1.5Gi`, `1e3`
refusal          What an API server refuses in an object, and the small checks that many rules share
rules/           What Kubernetes' validation says of its own types, besides their OpenAPI
sops             Secrets that SOPS encrypted: whoever applies them opens them first
strategic_merge  Strategic merge patches as Kubernetes itself applies them
syntax           How Kubernetes writes names: each function returns what is wrong with a text, None where nothing is
"""
