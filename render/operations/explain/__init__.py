"""Which revision injects a pod, and why.

chain     From the webhook that fires to the version of the proxy: tag, revision, version, each with its line
gateway   Which revision's istiod deploys a Gateway of the Gateway API or a waypoint, from which template
run       Who injects a pod, and why: every step from a label to a version, each with the line that says so
webhooks  The webhooks that an explanation asks: those that the specs say, or those of a live cluster
words     The words of an explanation: which rule decided, why nobody injects, and what to do about it
"""
