"""May the next wave of a rollout go? Each gate answers one question: pass, wait or fail, and why.

answer      What a gate is asked, and what it answers
approval    The gate `approval`: the next wave comes as a pull request, so whoever may merge it decides
ask         All gates of a wave, asked in order
checks      The gate `checks`: what the forge says of the wave's commit
health      The gate `health`: what Argo CD or Flux says of a cluster, from a file that a job writes
observed    The gate `observed`
prometheus  The gate `prometheus`: a query keeps to its bound over a range that ends now
soak        The gate `soak`: time since the wave's last commit
window      The gate `window`, and times without changes
"""
