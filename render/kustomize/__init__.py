"""Files to objects, as Kustomize builds them; knows nothing of Istio.

budget          How much one folder may ask for, so that building it ends within seconds whatever is written
build           Kustomize's layering, natively
file            `kustomization.yaml`: the fields that meshrev builds itself, and a way out for all others
file_users      Which files each overlay is built from, without building any
kustomization   A kustomization as data: what its file says, once every field of it is read
layer           One kustomization with the files that it names read
linked_labels   Labels and annotations that Kustomize has put into several fields of an object
locate          Where a field of an object was written: in the object's own file, or in a patch
merge_keys      What Kustomize knows of Kubernetes' own kinds
object_patches  Patches in Kustomize's syntax on objects that no kustomization lists, each patch by itself
objects         The objects of a file as Kustomize takes them, and how it tells them apart
paths           What a path in a kustomization may lead to: files in its folder or below, other folders of the fleet
problem         What is wrong with an object or with values, before it is known where a person wrote it
read            The objects of a file that no kustomization refers to, such as `meshrev.yaml` or standard input
reader          Where specs are read from: the working tree, or a text that was given
report          What is wrong with a folder, each with the place in the file that a person wrote
resource        An object as Kustomize gives it, and where each part of it was written
targets         Which objects a patch is for: Kustomize's targets, and Kubernetes' label selectors
transformers/   What a kustomization changes in objects
"""
