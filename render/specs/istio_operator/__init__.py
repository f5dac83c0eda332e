"""IstioOperator (`install.istio.io/v1alpha1`): istioctl's words for a control plane, node agents and gateways.

check       Is an IstioOperator one that istioctl takes? Fields, types, names, values; nothing here renders
components  The components of an IstioOperator
translate   From an IstioOperator to what each chart is given: profile, fields, values, components
"""
