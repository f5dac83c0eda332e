{{- /* A gateway: the proxy alone, in a pod that names it istio-proxy with image auto. Nothing is redirected to it. */ -}}

{{- $proxy := .Values.global.proxy }}

{{- $canonical := index .ObjectMeta.Labels "service.istio.io/canonical-name"
  | default (index .ObjectMeta.Labels "app.kubernetes.io/name")
  | default (index .ObjectMeta.Labels "app")
  | default .DeploymentMeta.Name }}

{{- $apps := list }}
{{- range .Spec.Containers }}{{ if ne .Name "istio-proxy" }}{{ $apps = append $apps .Name }}{{ end }}{{ end }}

{{- $tracingCerts := "" }}
{{- if eq (toString $proxy.tracer) "lightstep" }}{{ $tracingCerts = .ProxyConfig.GetTracing.GetTlsSettings.GetCaCertificates }}{{ end }}

{{- $all := dict "data" . "facts" $facts "gateway" true "apps" $apps "crl" false "tracingCerts" $tracingCerts
  "bootstrap" (and $facts.gatewayBootstrap (isset .ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride"))
  "mode" .ProxyConfig.InterceptionMode "workload" "" "variables" dict -}}

metadata:
  labels:
    {{- template "canonical-labels" (dict "data" . "name" $canonical) }}
  annotations:
    {{- template "default-container" $all }}
spec:
      {{- with .Values.gateways.securityContext }}
      securityContext: {{ toJson . }}
      {{- else }}
      securityContext:
        sysctls:
        - name: net.ipv4.ip_unprivileged_port_start
          value: "0"
      {{- end }}
      containers:
      - name: istio-proxy
        {{- template "image" (dict "data" . "image" $proxy.image "built" .ProxyImage) }}
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
        readinessProbe:
          httpGet:
            path: /healthz/ready
            port: 15021
          initialDelaySeconds: {{ int $proxy.readinessInitialDelaySeconds }}
          periodSeconds: {{ int $proxy.readinessPeriodSeconds }}
          timeoutSeconds: 3
          failureThreshold: {{ int $proxy.readinessFailureThreshold }}
        securityContext:
          runAsGroup: {{ default 1337 .ProxyGID }}
          runAsUser: {{ default 1337 .ProxyUID }}
        {{- template "volume-mounts" $all }}
      {{- template "volumes" $all }}
      {{- template "pull-secrets" . }}
