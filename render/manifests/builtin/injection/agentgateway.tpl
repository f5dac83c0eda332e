{{- /* A gateway of the Gateway API with agentgateway in place of Envoy. */ -}}

{{- $global := .Values.global }}
{{- $managed := strdict "gateway.istio.io/managed" "istio.io-agentgateway-controller" }}
{{- $all := dict "data" . "facts" $facts "managed" $managed "podManaged" $managed
  "names" (strdict "gateway.networking.k8s.io/gateway-name" .Name "gateway.networking.k8s.io/gateway-class-name" .GatewayClass)
  "annotations" (omit .InfrastructureAnnotations "kubectl.kubernetes.io/last-applied-configuration"
    "gateway.istio.io/name-override" "gateway.istio.io/service-account" "gateway.istio.io/controller-version")
  "freeAccount" false "plainUID" true "dualStack" true }}
{{- template "account" $all }}
{{- template "workload" $all }}
    spec:
      {{- template "low-ports" . }}
      serviceAccountName: {{ quote .ServiceAccount }}
      containers:
      - name: agentgateway
        {{- template "agentgateway-image" . }}
        {{- template "resources" (dict "given" $global.proxy.resources "facts" $facts) }}
        securityContext:
          {{- template "unprivileged" }}
          runAsUser: {{ default 10101 .ProxyUID }}
          runAsGroup: {{ default 10101 .ProxyGID }}
        {{- with $global.proxy.lifecycle }}
        lifecycle: {{ toJson . }}
        {{- end }}
        {{- template "agentgateway" $all }}
      {{- template "agentgateway-volumes" $all }}
      {{- template "pull-secrets" . }}
{{ template "service" $all }}
{{- template "scaling" $all }}
