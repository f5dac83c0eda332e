{{- /* gRPC without a proxy: the agent alone keeps certificates and the bootstrap of the program's own xDS client. */ -}}

{{- $meta := .ObjectMeta }}
{{- $global := .Values.global }}
{{- $proxy := $global.proxy }}
{{- $statusPort := annotation $meta "status.sidecar.istio.io/port" (valueOrDefault $proxy.statusPort 15020) }}
{{- $canonical := index $meta.Labels "service.istio.io/canonical-name"
  | default (index $meta.Labels "app.kubernetes.io/name")
  | default (index $meta.Labels "app")
  | default .DeploymentMeta.Name }}
{{- $apps := list }}
{{- range .Spec.Containers }}{{ if ne .Name "istio-proxy" }}{{ $apps = append $apps .Name }}{{ end }}{{ end }}
{{- $all := dict "data" . "facts" $facts "apps" $apps -}}

metadata:
  labels:
    {{- template "canonical-labels" (dict "data" . "name" $canonical) }}
  annotations:
    {{- template "default-container" $all }}
    sidecar.istio.io/rewriteAppHTTPProbers: "false"
spec:
      containers:
      - name: istio-proxy
        {{- template "image" (dict "data" . "image" $proxy.image "built" .ProxyImage) }}
        ports:
        - name: mesh-metrics
          containerPort: 15020
          protocol: TCP
        args:
        - proxy
        - sidecar
        {{- template "proxy-flags" . }}
        lifecycle:
          postStart:
            exec:
              command:
              - pilot-agent
              - wait
              - --url=http://localhost:15020/healthz/ready
        env:
        - name: ISTIO_META_GENERATOR
          value: grpc
        - name: OUTPUT_CERTS
          value: /var/lib/istio/data
        {{- template "localhost-env" . }}
        {{- template "ca-env" . }}
        {{- template "identity-env" . }}
        {{- template "config-env" . }}
        {{- template "ports-env" . }}
        {{- template "apps-env" $apps }}
        {{- template "cluster-env" . }}
        {{- with $global.network }}
        - name: ISTIO_META_NETWORK
          value: {{ quote . }}
        {{- end }}
        {{- with .DeploymentMeta.Name }}
        - name: ISTIO_META_WORKLOAD_NAME
          value: {{ quote . }}
        {{- end }}
        {{- template "owner-env" . }}
        {{- template "mesh-env" . }}
        {{- template "trust-domain-env" . }}
        {{- template "metadata-env" . }}
        - name: ISTIO_META_DNS_CAPTURE
          value: "false"
        - name: DISABLE_ENVOY
          value: "true"
        {{- $mounts := false }}
        {{- if ne $statusPort "0" }}
          {{- $mounts = true }}
        {{- template "readiness" (dict "data" . "port" 15020) }}
        {{- template "pod-resources" $all }}
        {{- end }}
        volumeMounts:
        {{- if $mounts }}
        - name: workload-socket
          mountPath: /var/run/secrets/workload-spiffe-uds
        {{- template "workload-mount" . }}
        {{- if eq (toString $global.pilotCertProvider) "istiod" }}
        - name: istiod-ca-cert
          mountPath: /var/run/secrets/istio
        {{- end }}
        - name: istio-data
          mountPath: /var/lib/istio/data
        - name: istio-xds
          mountPath: /etc/istio/proxy
        - name: istio-token
          mountPath: /var/run/secrets/tokens
        {{- template "certs-mount" . }}
        - name: istio-podinfo
          mountPath: /etc/istio/pod
        {{- end }}
        {{- template "user-entries" (dict "data" . "annotation" "sidecar.istio.io/userVolumeMount" "indent" "  ") }}
      {{- range $name := $apps }}
      - name: {{ quote $name }}
        env:
        - name: GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT
          value: "true"
        - name: GRPC_XDS_BOOTSTRAP
          value: /etc/istio/proxy/grpc-bootstrap.json
        volumeMounts:
        - name: istio-data
          mountPath: /var/lib/istio/data
        - name: istio-xds
          mountPath: /etc/istio/proxy
        {{- template "workload-mount" $ }}
      {{- end }}
      volumes:
      - name: workload-socket
      {{- template "workload-volume" (dict "data" . "empty" "") }}
      {{- if isset $meta.Annotations "sidecar.istio.io/bootstrapOverride" }}{{ template "bootstrap-volume" . }}{{ end }}
      - name: istio-xds
        emptyDir:
          medium: Memory
      - name: istio-data
        emptyDir: {}
      {{- template "podinfo-volume" }}
      {{- template "token-volume" (dict "name" "istio-token" "audience" $global.sds.token.aud) }}
      {{- if eq (toString $global.pilotCertProvider) "istiod" }}{{ template "root-volume" $all }}{{ end }}
      {{- template "certs-volume" . }}
      {{- template "user-entries" (dict "data" . "annotation" "sidecar.istio.io/userVolume" "indent" "") }}
      {{- template "pull-secrets" . }}
