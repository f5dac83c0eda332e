{{- /* The sidecar: captures a pod's traffic with istio-init (istio-validation where the CNI plugin redirects). */ -}}

{{- define "resources" }}
    resources: {{ toJson .resources }}
{{- end }}

{{- define "seccomp-profile" }}
    {{- if .facts.seccompProfile }}{{ with .data.Values.global.proxy.seccompProfile }}
      seccompProfile: {{ toJson . }}
    {{- end }}{{ end }}
{{- end }}

{{- define "redirection" }}
    {{- $global := .data.Values.global }}
  - name: {{ ternary "istio-validation" "istio-init" .cni }}
    {{- template "image" (dict "data" .data "image" $global.proxy_init.image) }}
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
    {{- with .traffic.includeOutboundPorts }}
    - -q
    - {{ quote . }}
    {{- end }}
    {{- with .traffic.excludeOutboundPorts }}
    - -o
    - {{ quote . }}
    {{- end }}
    {{- /* The second name is the older one of the same thing. */}}
    {{- with annotation .data.ObjectMeta "istio.io/reroute-virtual-interfaces"
      (annotation .data.ObjectMeta "traffic.sidecar.istio.io/kubevirtInterfaces" "") }}
    - -k
    - {{ quote . }}
    {{- end }}
    {{- with annotation .data.ObjectMeta "traffic.sidecar.istio.io/excludeInterfaces" "" }}
    - -c
    - {{ quote . }}
    {{- end }}
    {{- template "log-flags" .data }}
    {{- if and .facts.forceApply $global.proxy_init.forceApplyIptables }}
    - --force-apply
    {{- end }}
    {{- if and .facts.nativeNftables $global.nativeNftables }}
    - --native-nftables
    {{- end }}
    {{- if .cni }}
    - --run-validation
    - --skip-rule-apply
    {{- end }}
    {{- if .data.ProxyConfig.ProxyMetadata }}
    env:
    {{- template "metadata-env" .data }}
    {{- end }}
    {{- template "resources" . }}
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
      {{- template "seccomp-profile" . }}
    {{- else }}
      readOnlyRootFilesystem: false
      runAsGroup: 0
      runAsUser: 0
      runAsNonRoot: false
    {{- end }}
{{- end }}

{{- define "core-dumps" }}
  - name: enable-core-dump
    {{- template "image" (dict "data" .data "image" .data.Values.global.proxy_init.image) }}
    command:
    - /bin/sh
    - -c
    - sysctl -w kernel.core_pattern=/var/lib/istio/data/core.proxy && ulimit -c unlimited
    {{- template "resources" . }}
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
    {{- template "image" (dict "data" .data "image" $proxy.image) }}
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
    {{- if eq .data.InboundTrafficPolicyMode "localhost" }}
    - name: REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION
      value: "true"
    {{- end }}
    {{- template "proxy-env" . }}
    {{- if .facts.otelAttributes }}{{ template "otel-env" .data }}{{ end }}
    {{- if ne .statusPort "0" }}
      {{- template "readiness" .data }}
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
    {{- template "resources" . }}
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
      readOnlyRootFilesystem: true
      runAsGroup: {{ .gid }}
      runAsUser: {{ ternary 0 .uid .tproxy }}
      runAsNonRoot: {{ not .tproxy }}
      {{- template "seccomp-profile" . }}
    {{- template "volume-mounts" . }}
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

{{- $native := false }}
{{- if eq $facts.nativeSidecars "data" }}
  {{- $native = .NativeSidecars }}
{{- else }}
  {{- $native = has (env "ENABLE_NATIVE_SIDECARS" "false" | toLower) (list "1" "t" "true") }}
{{- end }}
{{- if $facts.nativeSidecarAnnotation }}
  {{- $wanted := annotation $meta "sidecar.istio.io/nativeSidecar" "" }}
  {{- if eq $wanted "true" }}{{ $native = true }}{{ else if eq $wanted "false" }}{{ $native = false }}{{ end }}
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

{{- /* One annotation about resources puts all of the defaults aside. A quantity that is null is none. */}}
{{- $given := dict
  "requests" (dict "cpu" (index $meta.Annotations "sidecar.istio.io/proxyCPU") "memory" (index $meta.Annotations "sidecar.istio.io/proxyMemory"))
  "limits" (dict "cpu" (index $meta.Annotations "sidecar.istio.io/proxyCPULimit") "memory" (index $meta.Annotations "sidecar.istio.io/proxyMemoryLimit"))
}}
{{- if eq "" (print $given.requests.cpu $given.requests.memory $given.limits.cpu $given.limits.memory) }}
  {{- $given = default dict $proxy.resources }}
{{- end }}
{{- $resources := dict }}
{{- range $kind, $amounts := $given }}
  {{- if kindIs "map" $amounts }}
    {{- $kept := dict }}
    {{- range $name, $amount := $amounts }}{{ if not (has $amount (list nil "")) }}{{ $_ := set $kept $name $amount }}{{ end }}{{ end }}
    {{- if $kept }}{{ $_ := set $resources $kind $kept }}{{ end }}
  {{- else if $amounts }}{{ $_ := set $resources $kind $amounts }}
  {{- end }}
{{- end }}

{{- $apps := list }}
{{- range .Spec.Containers }}{{ if ne .Name "istio-proxy" }}{{ $apps = append $apps .Name }}{{ end }}{{ end }}

{{- $tracingCerts := "" }}
{{- if eq (toString $proxy.tracer) "lightstep" }}{{ $tracingCerts = .ProxyConfig.GetTracing.GetTlsSettings.GetCaCertificates }}{{ end }}

{{- $all := dict "data" . "facts" $facts "gateway" false "apps" $apps "mode" $mode "tproxy" $tproxy "uid" $uid "gid" $gid
  "statusPort" $statusPort "native" $native "cni" $cni "traffic" $traffic "resources" $resources
  "privileged" (eq (toString $proxy.privileged) "true") "crl" $facts.revocationList "tracingCerts" $tracingCerts }}

{{- $coreDumps := and $facts.coreDumps (eq "true" (annotation $meta "sidecar.istio.io/enableCoreDump" (default false $proxy.enableCoreDump))) -}}

metadata:
  labels:
    security.istio.io/tlsMode: {{ index $meta.Labels "security.istio.io/tlsMode" | default "istio" | quote }}
    {{- template "identity-labels" . }}
  annotations:
    {{- template "default-container" $all }}
{{- if and $cni $captured }}
  {{- if $multus }}
    k8s.v1.cni.cncf.io/networks: {{ appendMultusNetwork (index $meta.Annotations "k8s.v1.cni.cncf.io/networks") "default/istio-cni" | quote }}
  {{- end }}
    sidecar.istio.io/interceptionMode: {{ quote $mode }}
    traffic.sidecar.istio.io/includeOutboundIPRanges: {{ quote $traffic.includeOutboundIPRanges }}
  {{- if or $facts.emptyInboundListForCNI $traffic.includeInboundPorts }}
    traffic.sidecar.istio.io/includeInboundPorts: {{ quote $traffic.includeInboundPorts }}
  {{- end }}
  {{- range $name := list "excludeOutboundIPRanges" "excludeInboundPorts" "includeOutboundPorts" "excludeOutboundPorts" }}
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
