{{- /* A gateway: the proxy alone, in a pod that names it istio-proxy with image auto. Nothing is redirected to it. */ -}}

{{- $global := .Values.global }}
{{- $proxy := $global.proxy }}
{{- $statusPort := annotation .ObjectMeta "status.sidecar.istio.io/port" (valueOrDefault $proxy.statusPort 15020) }}

{{- $apps := list }}
{{- range .Spec.Containers }}{{ if ne .Name "istio-proxy" }}{{ $apps = append $apps .Name }}{{ end }}{{ end }}

{{- $tracingCerts := "" }}
{{- if eq (toString $proxy.tracer) "lightstep" }}{{ $tracingCerts = .ProxyConfig.GetTracing.GetTlsSettings.GetCaCertificates }}{{ end }}

{{- $all := dict "data" . "facts" $facts "gateway" true "apps" $apps "crl" false "tracingCerts" $tracingCerts
  "mode" (annotation .ObjectMeta "sidecar.istio.io/interceptionMode" .ProxyConfig.InterceptionMode) }}

{{- /* The pod's own sysctls stay: a list replaces a list when istiod lays this over the pod. */}}
{{- $sysctls := list }}
{{- $ports := "net.ipv4.ip_unprivileged_port_start" }}
{{- $portsSet := false }}
{{- with .Spec.SecurityContext }}
  {{- range .Sysctls }}
    {{- $sysctls = append $sysctls (dict "name" .Name "value" .Value) }}
    {{- if eq .Name $ports }}{{ $portsSet = true }}{{ end }}
  {{- end }}
{{- end }}
{{- if not $portsSet }}{{ $sysctls = append $sysctls (dict "name" $ports "value" "0") }}{{ end -}}

metadata:
  labels:
    {{- template "identity-labels" . }}
  annotations:
    {{- template "default-container" $all }}
spec:
  {{- with .Values.gateways.securityContext }}
  securityContext: {{ toJson . }}
  {{- else }}
  securityContext:
    sysctls: {{ toJson $sysctls }}
  {{- end }}
  containers:
  - name: istio-proxy
    {{- template "image" (dict "data" . "image" $proxy.image) }}
    ports:
    - name: http-envoy-prom
      containerPort: 15090
      protocol: TCP
    args:
    - proxy
    - router
    {{- template "proxy-flags" . }}
    {{- with $proxy.lifecycle }}
    lifecycle: {{ toJson . }}
    {{- end }}
    env:
    {{- template "proxy-env" $all }}
    {{- if ne $statusPort "0" }}{{ template "readiness" . }}{{ end }}
    securityContext:
      runAsGroup: {{ default 1337 .ProxyGID }}
      runAsUser: {{ default 1337 .ProxyUID }}
    {{- template "volume-mounts" $all }}
  {{- template "volumes" $all }}
