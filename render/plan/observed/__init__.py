"""What was seen in a cluster: who runs what there, who owns which field, what its server said of the tree.

field_owners  Who owns the fields of an object in a cluster, and what others left there that its tree does not say
kept_fields   What others keep of an object in its cluster although the tree does not say it
observation   What was seen in a cluster at one moment, how long that counts, and what it says about who is in use
observe       From the objects of a cluster to an observation
verification  What a cluster's API server said of its tree when it was asked (`meshrev verify`)
"""
