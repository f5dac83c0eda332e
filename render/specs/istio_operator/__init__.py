"""IstioOperator (`install.istio.io/v1alpha1`): istioctl's words for a control plane, node agents and gateways.

check       Is an IstioOperator one that istioctl takes? Fields, types, names, values; nothing here renders
components  The components of an IstioOperator
parts       The specs that an IstioOperator stands for: itself with its components, a control plane, node agents
release     The release of an IstioOperator, and every place in it that follows the release
translate   From an IstioOperator to what each chart is given: profile, fields, values, components
"""
