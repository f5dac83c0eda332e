{{- /* What the containers of the agent share. Their lines are indented for the pod of a Deployment: YAML asks only that
those beside each other agree, so the same lines serve a pod too. A text of a pod or Gateway, from an annotation above all,
is only ever printed through quote or toJson: it cannot leave its place. */ -}}

{{- define "image" }}
        {{- /* With a slash it is a whole reference; without one, istiod's own image is taken. */}}
        {{- $named := default "" .image | toString | annotation .data.ObjectMeta "sidecar.istio.io/proxyImage" }}
        image: {{ ternary $named .built (contains "/" $named) | quote }}
        {{- template "pull-policy" .data }}
{{- end }}

{{- define "pull-policy" }}
        {{- with .Values.global.imagePullPolicy }}
        imagePullPolicy: {{ quote . }}
        {{- end }}
{{- end }}

{{- define "pull-secrets" }}
      {{- with .Values.global.imagePullSecrets }}
      imagePullSecrets:
        {{- range . }}
      - name: {{ quote . }}
        {{- end }}
      {{- end }}
{{- end }}

{{- define "log-flag" }}
        - {{ annotation .ObjectMeta "sidecar.istio.io/agentLogLevel" .Values.global.logging.level | printf "--log_output_level=%s" | quote }}
{{- end }}

{{- define "sts-flag" }}
        {{- with .Values.global.sts }}{{ with .servicePort }}
        - --stsPort={{ int . }}
        {{- end }}{{ end }}
{{- end }}

{{- define "json-flag" }}
        {{- if .Values.global.logAsJson }}
        - --log_as_json
        {{- end }}
{{- end }}

{{- define "domain-flag" }}
        - --domain
        - "$(POD_NAMESPACE).svc.{{ .Values.global.proxy.clusterDomain }}"
{{- end }}

{{- define "proxy-flags" }}
        {{- $proxy := .Values.global.proxy }}
        {{- template "domain-flag" . }}
        - {{ annotation .ObjectMeta "sidecar.istio.io/logLevel" $proxy.logLevel | printf "--proxyLogLevel=%s" | quote }}
        - {{ annotation .ObjectMeta "sidecar.istio.io/componentLogLevel" $proxy.componentLogLevel | printf "--proxyComponentLogLevel=%s" | quote }}
        {{- template "log-flag" . }}
        {{- template "sts-flag" . }}
        {{- template "json-flag" . }}
{{- end }}

{{- define "field-env" }}
        {{- range $field := . }}
        - name: {{ first $field }}
          valueFrom:
            fieldRef:
              fieldPath: {{ last $field }}
        {{- end }}
{{- end }}

{{- define "resource-env" }}
        - name: {{ .name }}
          valueFrom:
            resourceFieldRef:
              resource: {{ .resource }}
              {{- with .divisor }}
              divisor: {{ quote . }}
              {{- end }}
{{- end }}

{{- define "limits-env" }}
        {{- template "resource-env" (dict "name" "GOMEMLIMIT" "resource" "limits.memory" "divisor" .) }}
        {{- template "resource-env" (dict "name" "GOMAXPROCS" "resource" "limits.cpu" "divisor" .) }}
{{- end }}

{{- define "ca-address" }}
          {{- $suffix := ternary "" "-" (eq "" (toString .Values.revision)) -}}
          {{- with .Values.global.caAddress -}}
            {{ quote . }}
          {{- else -}}
            "istiod{{ $suffix }}{{ if $suffix }}{{ .Values.revision }}{{ end }}.{{ .Values.global.istioNamespace }}.svc:15012"
          {{- end }}
{{- end }}

{{- define "ca-env" }}
        - name: PILOT_CERT_PROVIDER
          value: "{{ .Values.global.pilotCertProvider }}"
        - name: CA_ADDR
          value: {{ template "ca-address" . }}
{{- end }}

{{- define "identity-env" }}
        {{- template "field-env" (list
          (list "POD_NAME" "metadata.name")
          (list "POD_NAMESPACE" "metadata.namespace")
          (list "INSTANCE_IP" "status.podIP")
          (list "SERVICE_ACCOUNT" "spec.serviceAccountName")
          (list "HOST_IP" "status.hostIP")) }}
{{- end }}

{{- define "config-env" }}
        - name: PROXY_CONFIG
          value: {{ protoToJSON .ProxyConfig | printf "%s\n" | quote }}
{{- end }}

{{- define "metadata-env" }}
        {{- range $name, $value := .ProxyConfig.ProxyMetadata }}
        - name: {{ quote $name }}
          value: {{ quote $value }}
        {{- end }}
{{- end }}

{{- define "mesh-env" }}
        {{- with default .MeshConfig.TrustDomain .Values.global.meshID }}
        - name: ISTIO_META_MESH_ID
          value: {{ quote . }}
        {{- end }}
{{- end }}

{{- define "trust-domain-env" }}
        {{- with .MeshConfig.TrustDomain | default .Values.global.trustDomain }}
        - name: TRUST_DOMAIN
          value: {{ quote . }}
        {{- end }}
{{- end }}

{{- define "podinfo-volume" }}
      - name: istio-podinfo
        downwardAPI:
          items:
          - path: labels
            fieldRef:
              fieldPath: metadata.labels
          - path: annotations
            fieldRef:
              fieldPath: metadata.annotations
{{- end }}

{{- define "token-volume" }}
      - name: {{ .name }}
        projected:
          sources:
          - serviceAccountToken:
              path: {{ default .name .path }}
              expirationSeconds: 43200
              audience: "{{ .audience }}"
{{- end }}

{{- define "root-volume" }}
      {{- $env := dict }}
      {{- with .data.Values.pilot }}{{ $env = default dict .env }}{{ end }}
      {{- $named := default "" .data.Values.global.trustBundleName }}
      - name: istiod-ca-cert
        {{- if and .facts.clusterTrustBundle (eq (toString $env.ENABLE_CLUSTER_TRUST_BUNDLE_API) "true") }}
        projected:
          sources:
          - clusterTrustBundle:
              name: {{ ternary "" $named (default false .fixedBundle) | default "root-cert" | printf "istio.io:istiod-ca:%s" | quote }}
              path: root-cert.pem
        {{- else }}
        configMap:
          name: {{ ternary $named "" .facts.trustBundleName | default "istio-ca-root-cert" | quote }}
        {{- end }}
{{- end }}

{{- define "resources" }}
        {{- /* A quantity that is null: Kubernetes reads it as 0 where it is written. */}}
        {{- $resources := dict }}
        {{- range $kind, $amounts := default dict .given }}
          {{- if kindIs "map" $amounts }}
            {{- $kept := dict }}
            {{- range $name, $amount := $amounts }}
              {{- $null := kindIs "invalid" $amount }}
              {{- if ternary $.facts.nullQuantities (ne "" (print $amount)) $null }}{{ $_ := set $kept $name $amount }}{{ end }}
            {{- end }}
            {{- if $kept }}{{ $_ := set $resources $kind $kept }}{{ end }}
          {{- else if or $amounts (and $.facts.nullQuantities (kindIs "invalid" $amounts)) }}
            {{- $_ := set $resources $kind $amounts }}
          {{- end }}
        {{- end }}
        {{- if $resources }}
        resources: {{ toJson $resources }}
        {{- end }}
{{- end }}

