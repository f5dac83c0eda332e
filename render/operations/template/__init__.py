"""One component, printed as `helm template` of its chart would.

istio_operator  What `istioctl manifest generate` would print for IstioOperator files that a person hands over
run             What `helm template` of an Istio chart would print, from values that a person hands over
set_flags       Values from the command line, as Helm writes them: `a.b=c,list[0].name=x,names={x,y}`
values          Values that a person hands over on the command line, as to Helm
"""
