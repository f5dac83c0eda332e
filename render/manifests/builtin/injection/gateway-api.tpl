{{- /* What istiod deploys for a Gateway of the Gateway API: a workload, its account and Service, and what overlays of the
Gateway may set: an autoscaler and a disruption budget. istiod adds its managed label to each, and leaves the last two
out where no overlay is for them. */ -}}

{{- define "object" }}
metadata:
  name: {{ quote .name }}
  namespace: {{ quote .all.data.Namespace }}
  annotations: {{ toJsonMap (default strdict .annotations) .all.annotations }}
  labels: {{ toJsonMap .all.data.InfrastructureLabels .all.names (default strdict .labels) }}
  {{- if not .free }}
  ownerReferences:
  - apiVersion: gateway.networking.k8s.io/{{ .all.facts.gatewayVersion }}
    kind: Gateway
    name: {{ quote .all.data.Name }}
    {{- if .plainUID }}
    uid: {{ .all.data.UID }}
    {{- else }}
    uid: {{ quote .all.data.UID }}
    {{- end }}
  {{- end }}
{{- end }}

{{- define "account" }}
apiVersion: v1
kind: ServiceAccount
{{- template "object" (dict "all" . "name" .data.ServiceAccount "free" .freeAccount) }}
{{- end }}

{{- define "workload" }}
---
apiVersion: apps/v1
kind: Deployment
{{- template "object" (dict "all" . "name" .data.DeploymentName "labels" .managed) }}
spec:
  selector:
    matchLabels:
      {{ quote .data.GatewayNameLabel }}: {{ quote .data.Name }}
  template:
    metadata:
      annotations: {{ toJsonMap .annotations
        (strdict "istio.io/rev" (default "default" .data.Revision))
        (strdict "prometheus.io/path" "/stats/prometheus" "prometheus.io/port" "15020" "prometheus.io/scrape" "true") }}
      labels: {{ toJsonMap
        (strdict "sidecar.istio.io/inject" "false"
          "service.istio.io/canonical-name" .data.DeploymentName
          "service.istio.io/canonical-revision" "latest")
        (default strdict .podLabels) .data.InfrastructureLabels .names .podManaged }}
{{- end }}

{{- define "low-ports" }}
      {{- /* A gateway may bind to ports below 1024 without being root. */}}
      {{- $gateways := default dict .Values.gateways }}
      {{- with $gateways.securityContext }}
      securityContext: {{ toJson . }}
      {{- else }}
      securityContext:
        sysctls:
        - name: net.ipv4.ip_unprivileged_port_start
          value: "0"
        {{- with $gateways.seccompProfile }}
        seccompProfile: {{ toJson . }}
        {{- end }}
      {{- end }}
{{- end }}

{{- define "unprivileged" }}
          allowPrivilegeEscalation: false
          capabilities:
            drop:
            - ALL
          privileged: false
          readOnlyRootFilesystem: true
          runAsNonRoot: true
{{- end }}

{{- define "gateway-flags" }}
        - --proxyLogLevel
        - {{ annotation .ObjectMeta "sidecar.istio.io/logLevel" .Values.global.proxy.logLevel | quote }}
        - --proxyComponentLogLevel
        - {{ annotation .ObjectMeta "sidecar.istio.io/componentLogLevel" .Values.global.proxy.componentLogLevel | quote }}
        - --log_output_level
        - {{ annotation .ObjectMeta "sidecar.istio.io/agentLogLevel" .Values.global.logging.level | quote }}
{{- end }}

{{- define "gateway-probes" }}
        startupProbe:
          failureThreshold: 30
          httpGet:
            path: /healthz/ready
            port: 15021
            scheme: HTTP
          initialDelaySeconds: 1
          periodSeconds: 1
          successThreshold: 1
          timeoutSeconds: 1
        readinessProbe:
          failureThreshold: 4
          httpGet:
            path: /healthz/ready
            port: 15021
            scheme: HTTP
          initialDelaySeconds: 0
          periodSeconds: 15
          successThreshold: 1
          timeoutSeconds: 1
{{- end }}

{{- define "agent-ports" }}
        ports:
        {{- range $port := . }}
        - name: {{ first $port }}
          containerPort: {{ last $port }}
          protocol: TCP
        {{- end }}
{{- end }}

{{- define "network-env" }}
        {{- with index .data.InfrastructureLabels "topology.istio.io/network" | default .data.Values.global.network }}
        - name: {{ $.name }}
          value: {{ quote . }}
        {{- end }}
{{- end }}

{{- define "deployment-env" }}
        - name: ISTIO_META_WORKLOAD_NAME
          value: {{ quote .DeploymentName }}
        - name: ISTIO_META_OWNER
          value: {{ printf "kubernetes://apis/apps/v1/namespaces/%s/deployments/%s" .Namespace .DeploymentName | quote }}
{{- end }}

{{- define "requested-network-env" }}
        {{- with index .InfrastructureLabels "topology.istio.io/network" }}
        - name: ISTIO_META_REQUESTED_NETWORK_VIEW
          value: {{ quote . }}
        {{- end }}
{{- end }}

{{- define "service" }}
---
apiVersion: v1
kind: Service
{{- template "object" (dict "all" . "name" .data.DeploymentName "annotations" .serviceAnnotations "plainUID" .plainUID) }}
spec:
  {{- if .dualStack }}
  ipFamilyPolicy: PreferDualStack
  {{- end }}
  ports:
  {{- range $port := .data.Ports }}
  - name: {{ quote $port.Name }}
    port: {{ $port.Port }}
    protocol: {{ ternary $port.Protocol "TCP" $.facts.portProtocols }}
    appProtocol: {{ toJson $port.AppProtocol }}
  {{- end }}
  selector:
    {{ quote .data.GatewayNameLabel }}: {{ quote .data.Name }}
  {{- if eq (print .data.ServiceType) "LoadBalancer" }}
  {{- with .data.Spec.Addresses }}
  loadBalancerIP: {{ (first .).Value | quote }}
  {{- end }}
  {{- end }}
  type: {{ quote .data.ServiceType }}
{{- end }}

{{- define "scaling" }}
{{- if .facts.gatewayScaling }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
{{- template "object" (dict "all" . "name" .data.DeploymentName) }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ quote .data.DeploymentName }}
  maxReplicas: 1
---
apiVersion: policy/v1
kind: PodDisruptionBudget
{{- template "object" (dict "all" . "name" .data.DeploymentName) }}
spec:
  selector:
    matchLabels:
      gateway.networking.k8s.io/gateway-name: {{ quote .data.Name }}
{{- end }}
{{- end }}
