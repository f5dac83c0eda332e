{{- /* The sidecar: captures a pod's traffic with istio-init (istio-validation where the CNI plugin redirects). */ -}}

{{- define "seccomp-profile" }}
          {{- if .facts.seccompProfile }}{{ with .data.Values.global.proxy.seccompProfile }}
          seccompProfile: {{ toJson . }}
          {{- end }}{{ end }}
{{- end }}

{{- define "init-image" }}
        {{- $built := .data.ProxyImage }}
        {{- if .facts.initImage }}{{ $built = .data.ProxyInitImage }}{{ end }}
        {{- template "image" (dict "data" .data "image" .data.Values.global.proxy_init.image "built" $built) }}
{{- end }}

{{- define "redirection" }}
        {{- $global := .data.Values.global }}
      - name: {{ ternary "istio-validation" "istio-init" .cni }}
        {{- template "init-image" . }}
        args:
        - istio-iptables
        - -p
        - "15001"
        - -z
        - "15006"
        - -u
        - {{ quote .uid }}
        - -m
        - {{ quote .mode }}
        - -i
        - {{ quote .traffic.includeOutboundIPRanges }}
        - -x
        - {{ quote .traffic.excludeOutboundIPRanges }}
        - -b
        - {{ quote .traffic.includeInboundPorts }}
        - -d
        - {{ list "15090" "15021" .traffic.excludeInboundPorts | compact | join "," | quote }}
        {{- if or .traffic.includeOutboundPorts (isset .data.ObjectMeta.Annotations "traffic.sidecar.istio.io/includeOutboundPorts") }}
        - -q
        - {{ quote .traffic.includeOutboundPorts }}
        {{- end }}
        {{- if or .traffic.excludeOutboundPorts (isset .data.ObjectMeta.Annotations "traffic.sidecar.istio.io/excludeOutboundPorts") }}
        - -o
        - {{ quote .traffic.excludeOutboundPorts }}
        {{- end }}
        {{- range $name := .rerouted }}
        - -k
        - {{ index $.data.ObjectMeta.Annotations $name | quote }}
        {{- end }}
        {{- if isset .data.ObjectMeta.Annotations "traffic.sidecar.istio.io/excludeInterfaces" }}
        - -c
        - {{ index .data.ObjectMeta.Annotations "traffic.sidecar.istio.io/excludeInterfaces" | quote }}
        {{- end }}
        {{- template "log-flag" .data }}
        {{- template "json-flag" .data }}
        {{- if .cni }}
        - --run-validation
        - --skip-rule-apply
        {{- else if and .facts.forceApply $global.proxy_init.forceApplyIptables }}
        - --force-apply
        {{- end }}
        {{- if and .facts.nativeNftables $global.nativeNftables }}
        - --native-nftables
        {{- end }}
        {{- if .data.ProxyConfig.ProxyMetadata }}
        env:
        {{- template "metadata-env" .data }}
        {{- end }}
        {{- template "pod-resources" . }}
        securityContext:
          allowPrivilegeEscalation: {{ .privileged }}
          privileged: {{ .privileged }}
          capabilities:
            {{- if not .cni }}
            add:
            - NET_ADMIN
            - NET_RAW
            {{- end }}
            drop:
            - ALL
          {{- if .cni }}
          readOnlyRootFilesystem: true
          runAsGroup: {{ .gid }}
          runAsUser: {{ .uid }}
          runAsNonRoot: true
          {{- else }}
          readOnlyRootFilesystem: false
          runAsGroup: 0
          runAsUser: 0
          runAsNonRoot: false
          {{- end }}
          {{- template "seccomp-profile" . }}
{{- end }}

{{- define "core-dumps" }}
      - name: enable-core-dump
        {{- template "init-image" . }}
        command:
        - /bin/sh
        args:
        - -c
        - sysctl -w kernel.core_pattern=/var/lib/istio/data/core.proxy && ulimit -c unlimited
        {{- template "pod-resources" . }}
        securityContext:
          allowPrivilegeEscalation: true
          privileged: true
          capabilities:
            add:
            - SYS_ADMIN
            drop:
            - ALL
          readOnlyRootFilesystem: false
          runAsGroup: 0
          runAsUser: 0
          runAsNonRoot: false
{{- end }}

{{- define "proxy" }}
        {{- $proxy := .data.Values.global.proxy }}
      - name: istio-proxy
        {{- template "image" (dict "data" .data "image" $proxy.image "built" .data.ProxyImage) }}
        {{- if .native }}
        restartPolicy: Always
        {{- end }}
        ports:
        - name: http-envoy-prom
          containerPort: 15090
          protocol: TCP
        args:
        - proxy
        - sidecar
        {{- template "proxy-flags" .data }}
        {{- with $proxy.outlierLogPath }}
        - {{ printf "--outlierLogPath=%s" . | quote }}
        {{- end }}
        {{- if $proxy.lifecycle }}
        lifecycle: {{ toJson $proxy.lifecycle }}
        {{- else if .native }}
        lifecycle:
          preStop:
            exec:
              command:
              - pilot-agent
              - request
              - {{ printf "--debug-port=%s" .statusPort | quote }}
              - POST
              - drain
        {{- else if or $proxy.holdApplicationUntilProxyStarts .data.ProxyConfig.GetHoldApplicationUntilProxyStarts.GetValue }}
        lifecycle:
          postStart:
            exec:
              command:
              - pilot-agent
              - wait
        {{- end }}
        env:
        {{- template "localhost-env" .data }}
        {{- template "proxy-env" . }}
        {{- if .facts.otelAttributes }}{{ template "otel-env" .data }}{{ end }}
        {{- if ne .statusPort "0" }}
        {{- template "readiness" (dict "data" .data "port" 15021) }}
          {{- with $proxy.startupProbe }}{{ if .enabled }}
        startupProbe:
          httpGet:
            path: /healthz/ready
            port: 15021
          periodSeconds: 1
          timeoutSeconds: 3
          failureThreshold: {{ int .failureThreshold }}
          {{- end }}{{ end }}
        {{- end }}
        {{- template "pod-resources" . }}
        securityContext:
          allowPrivilegeEscalation: {{ .privileged }}
          privileged: {{ .privileged }}
          capabilities:
            {{- if .tproxy }}
            add:
            - NET_ADMIN
            {{- end }}
            drop:
            - ALL
          readOnlyRootFilesystem: {{ not .coreDumps }}
          runAsGroup: {{ .gid }}
          runAsUser: {{ ternary 0 .uid .tproxy }}
          runAsNonRoot: {{ not .tproxy }}
          {{- template "seccomp-profile" . }}
        {{- template "volume-mounts" . }}
        {{- template "user-entries" (dict "data" .data "annotation" "sidecar.istio.io/userVolumeMount" "indent" "  ") }}
{{- end }}

{{- $meta := .ObjectMeta }}
{{- $global := .Values.global }}
{{- $proxy := $global.proxy }}

{{- $mode := annotation $meta "sidecar.istio.io/interceptionMode" .ProxyConfig.InterceptionMode }}
{{- $tproxy := eq $mode "TPROXY" }}
{{- $captured := ne $mode "NONE" }}

{{- /* A transparent proxy runs as root, so its user says nothing: the rules then go by the usual number. */}}
{{- $uid := default 1337 .ProxyUID }}
{{- $gid := default 1337 .ProxyGID }}
{{- if $tproxy }}{{ $uid = 1337 }}{{ $gid = 1337 }}{{ end }}

{{- $statusPort := annotation $meta "status.sidecar.istio.io/port" (valueOrDefault $proxy.statusPort 15020) }}

{{- /* The data says it and an annotation that has a value overrules; before, the annotation stood for istiod's variable. */}}
{{- $wanted := index $meta.Annotations "sidecar.istio.io/nativeSidecar" }}
{{- $native := false }}
{{- if eq $facts.nativeSidecars "data" }}
  {{- $native = .NativeSidecars }}
  {{- with $wanted }}{{ $native = ne . "false" }}{{ end }}
{{- else if and $facts.nativeSidecarAnnotation (isset $meta.Annotations "sidecar.istio.io/nativeSidecar") }}
  {{- $native = eq $wanted "true" }}
{{- else }}
  {{- $native = env "ENABLE_NATIVE_SIDECARS" "false" | eq "true" }}
{{- end }}

{{- $cni := false }}
{{- $multus := false }}
{{- with .Values.pilot }}{{ with .cni }}
  {{- $cni = eq (toString .enabled) "true" }}
  {{- $multus = eq (toString .provider) "multus" }}
{{- end }}{{ end }}
{{- if $facts.istioCNIValues }}{{ with .Values.istio_cni }}
  {{- $cni = or $cni (eq (toString .enabled) "true") }}
  {{- $multus = or $multus (eq (toString .provider) "multus") (eq (toString .chained) "false") }}
{{- end }}{{ end }}

{{- $traffic := dict
  "includeOutboundIPRanges" (annotation $meta "traffic.sidecar.istio.io/includeOutboundIPRanges" (valueOrDefault $proxy.includeIPRanges ""))
  "excludeOutboundIPRanges" (annotation $meta "traffic.sidecar.istio.io/excludeOutboundIPRanges" (valueOrDefault $proxy.excludeIPRanges ""))
  "includeInboundPorts" (annotation $meta "traffic.sidecar.istio.io/includeInboundPorts" (valueOrDefault $proxy.includeInboundPorts ""))
  "excludeInboundPorts" (annotation $meta "traffic.sidecar.istio.io/excludeInboundPorts" (valueOrDefault $proxy.excludeInboundPorts "")
    | excludeInboundPort $statusPort)
  "includeOutboundPorts" (annotation $meta "traffic.sidecar.istio.io/includeOutboundPorts" (valueOrDefault $proxy.includeOutboundPorts ""))
  "excludeOutboundPorts" (annotation $meta "traffic.sidecar.istio.io/excludeOutboundPorts" (valueOrDefault $proxy.excludeOutboundPorts ""))
}}

{{- /* Which annotations name the interfaces to reroute: the second is the older name of the first. */}}
{{- $rerouted := list }}
{{- $new := and $facts.rerouteInterfaces (isset $meta.Annotations "istio.io/reroute-virtual-interfaces") }}
{{- if and (isset $meta.Annotations "traffic.sidecar.istio.io/kubevirtInterfaces") (not (and $new (eq $facts.rerouteInterfaces "instead"))) }}
  {{- $rerouted = append $rerouted "traffic.sidecar.istio.io/kubevirtInterfaces" }}
{{- end }}
{{- if $new }}{{ $rerouted = append $rerouted "istio.io/reroute-virtual-interfaces" }}{{ end }}

{{- /* A label holds 63 characters and ends with a letter or digit. */}}
{{- $canonical := index .ObjectMeta.Labels "service.istio.io/canonical-name"
  | default (index .ObjectMeta.Labels "app.kubernetes.io/name")
  | default (index .ObjectMeta.Labels "app")
  | default .DeploymentMeta.Name | trunc 63 | trimSuffix "-" }}
{{- if $facts.trimCanonicalName }}{{ $canonical = trimAll "-_." $canonical }}{{ end }}

{{- $workload := "" }}
{{- if $facts.workloadNameLabel }}{{ $workload = index $meta.Labels "service.istio.io/workload-name" }}{{ end }}

{{- /* Variables of Datadog's tracer. */}}
{{- $variables := dict }}
{{- if and (eq (toString $proxy.tracer) "datadog") (isset $meta.Annotations "apm.datadoghq.com/env") }}
  {{- $variables = fromJSON (index $meta.Annotations "apm.datadoghq.com/env") }}
  {{- if not (kindIs "map" $variables) }}{{ fail "annotation apm.datadoghq.com/env must be a JSON object" }}{{ end }}
{{- end }}

{{- $apps := list }}
{{- range .Spec.Containers }}{{ if ne .Name "istio-proxy" }}{{ $apps = append $apps .Name }}{{ end }}{{ end }}

{{- $tracingCerts := "" }}
{{- if eq (toString $proxy.tracer) "lightstep" }}{{ $tracingCerts = .ProxyConfig.GetTracing.GetTlsSettings.GetCaCertificates }}{{ end }}

{{- $coreDumps := and $facts.coreDumps (eq "true" (annotation $meta "sidecar.istio.io/enableCoreDump" (default false $proxy.enableCoreDump))) }}

{{- $all := dict "data" . "facts" $facts "gateway" false "apps" $apps "mode" $mode "tproxy" $tproxy "uid" $uid "gid" $gid
  "statusPort" $statusPort "native" $native "cni" $cni "traffic" $traffic
  "privileged" (eq (toString $proxy.privileged) "true")
  "bootstrap" (isset $meta.Annotations "sidecar.istio.io/bootstrapOverride") "crl" $facts.revocationList "tracingCerts" $tracingCerts
  "rerouted" $rerouted "workload" $workload "variables" $variables "coreDumps" $coreDumps -}}

metadata:
  labels:
    security.istio.io/tlsMode: {{ index $meta.Labels "security.istio.io/tlsMode" | default "istio" | quote }}
    {{- /* Peers speak to the pod through the tunnel only where this label is. */}}
    {{- if eq (index .ProxyConfig.ProxyMetadata "ISTIO_META_ENABLE_HBONE") "true" }}
    networking.istio.io/tunnel: {{ index $meta.Labels "networking.istio.io/tunnel" | default "http" | quote }}
    {{- end }}
    {{- template "canonical-labels" (dict "data" . "name" $canonical) }}
  annotations:
    {{- template "default-container" $all }}
{{- if $cni }}
  {{- if $multus }}
    k8s.v1.cni.cncf.io/networks: {{ appendMultusNetwork (index $meta.Annotations "k8s.v1.cni.cncf.io/networks") "default/istio-cni" | quote }}
  {{- end }}
    sidecar.istio.io/interceptionMode: {{ quote $mode }}
    traffic.sidecar.istio.io/excludeInboundPorts: {{ quote $traffic.excludeInboundPorts }}
  {{- if or $facts.emptyInboundListForCNI $traffic.includeInboundPorts }}
    traffic.sidecar.istio.io/includeInboundPorts: {{ quote $traffic.includeInboundPorts }}
  {{- end }}
  {{- range $name := list "includeOutboundIPRanges" "excludeOutboundIPRanges" "includeOutboundPorts" "excludeOutboundPorts" }}
    {{- with index $traffic $name }}
    traffic.sidecar.istio.io/{{ $name }}: {{ quote . }}
    {{- end }}
  {{- end }}
{{- end }}
spec:
      {{- if or $captured $native $coreDumps }}
      initContainers:
        {{- if $captured }}{{ template "redirection" $all }}{{ end }}
        {{- if $coreDumps }}{{ template "core-dumps" $all }}{{ end }}
        {{- if $native }}{{ template "proxy" $all }}{{ end }}
      {{- end }}
      {{- if not $native }}
      containers:
        {{- template "proxy" $all }}
      {{- end }}
      {{- template "volumes" $all }}
      {{- template "user-entries" (dict "data" . "annotation" "sidecar.istio.io/userVolume" "indent" "") }}
      {{- template "pull-secrets" . }}
