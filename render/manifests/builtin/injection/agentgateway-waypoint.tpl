{{- /* A waypoint of ambient mode with agentgateway in place of Envoy. */ -}}

{{- $global := .Values.global }}
{{- $managed := strdict "gateway.istio.io/managed" "istio.io-agentgateway-waypoint-controller" }}
{{- $all := dict "data" . "facts" $facts "managed" $managed "podManaged" $managed
  "names" (strdict "gateway.networking.k8s.io/gateway-name" .Name "gateway.networking.k8s.io/gateway-class-name" .GatewayClass)
  "annotations" (omit .InfrastructureAnnotations "kubectl.kubernetes.io/last-applied-configuration"
    "gateway.istio.io/name-override" "gateway.istio.io/service-account" "gateway.istio.io/controller-version")
  "freeAccount" false "plainUID" true "dualStack" true "podLabels" (strdict "istio.io/dataplane-mode" "none") }}
{{- template "account" $all }}
{{- template "workload" $all }}
    spec:
      serviceAccountName: {{ quote .ServiceAccount }}
      containers:
      - name: agentgateway
        {{- template "agentgateway-image" . }}
        {{- template "resources" (dict "given" (default dict $global.waypoint).resources "facts" $facts) }}
        securityContext:
          {{- template "unprivileged" }}
          runAsUser: {{ default 10101 .ProxyUID }}
          runAsGroup: {{ default 10101 .ProxyGID }}
          {{- with .Values.gateways }}{{ with .seccompProfile }}
          seccompProfile: {{ toJson . }}
          {{- end }}{{ end }}
        {{- template "agentgateway" $all }}
      {{- template "agentgateway-volumes" $all }}
      {{- template "pull-secrets" . }}
{{ template "service" $all }}
{{- template "scaling" $all }}
