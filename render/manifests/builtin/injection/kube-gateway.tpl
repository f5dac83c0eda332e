{{- /* A gateway of the Gateway API: Envoy in a Deployment of its own. */ -}}

{{- $global := .Values.global }}
{{- $names := strdict "gateway.networking.k8s.io/gateway-name" .Name }}
{{- if $facts.oldGatewayName }}{{ $names = mergeMaps $names (strdict "istio.io/gateway-name" .Name) }}{{ end }}
{{- if $facts.gatewayClassLabel }}{{ $names = mergeMaps $names (strdict "gateway.networking.k8s.io/gateway-class-name" .GatewayClass) }}{{ end }}
{{- $managed := strdict }}
{{- if $facts.managedGatewayPods }}{{ $managed = strdict "gateway.istio.io/managed" "istio.io-gateway-controller" }}{{ end }}
{{- $ports := list (list "metrics" 15020) (list "status-port" 15021) (list "http-envoy-prom" 15090) }}

{{- $all := dict "data" . "facts" $facts "names" $names "managed" $managed "podManaged" $managed
  "annotations" (omit .InfrastructureAnnotations "kubectl.kubernetes.io/last-applied-configuration"
    "gateway.istio.io/name-override" "gateway.istio.io/service-account" "gateway.istio.io/controller-version")
  "fixedBundle" (not $facts.trustBundleName) "freeAccount" (lt .KubeVersion 128) "plainUID" true "dualStack" $facts.dualStackGateways }}
{{- template "account" $all }}
{{- template "workload" $all }}
    spec:
      {{- template "low-ports" . }}
      serviceAccountName: {{ quote .ServiceAccount }}
      containers:
      - name: istio-proxy
        {{- template "image" (dict "data" . "image" $global.proxy.image "built" .ProxyImage) }}
        {{- template "resources" (dict "given" $global.proxy.resources "facts" $facts) }}
        securityContext:
          {{- template "unprivileged" }}
          runAsUser: {{ default 1337 .ProxyUID }}
          runAsGroup: {{ default 1337 .ProxyGID }}
        {{- template "agent-ports" (ternary $ports (rest $ports) $facts.gatewayMetricsPort) }}
        args:
        - proxy
        - router
        {{- template "domain-flag" . }}
        {{- template "gateway-flags" . }}
        {{- template "sts-flag" . }}
        {{- template "json-flag" . }}
        {{- with $global.proxy.lifecycle }}
        lifecycle: {{ toJson . }}
        {{- end }}
        env:
        {{- template "ca-env" . }}
        {{- template "identity-env" . }}
        {{- template "resource-env" (dict "name" "ISTIO_CPU_LIMIT" "resource" "limits.cpu" "divisor" $facts.resourceDivisor) }}
        {{- template "config-env" . }}
        - name: ISTIO_META_POD_PORTS
          value: "[]"
        - name: ISTIO_META_APP_CONTAINERS
          value: ""
        {{- template "limits-env" $facts.resourceDivisor }}
        - name: ISTIO_META_CLUSTER_ID
          value: {{ valueOrDefault $global.multiCluster.clusterName .ClusterID | quote }}
        {{- template "field-env" (list (list "ISTIO_META_NODE_NAME" "spec.nodeName")) }}
        - name: ISTIO_META_INTERCEPTION_MODE
          value: {{ .ProxyConfig.InterceptionMode.String | quote }}
        {{- template "network-env" (dict "data" . "name" "ISTIO_META_NETWORK") }}
        {{- template "deployment-env" . }}
        {{- template "mesh-env" . }}
        {{- template "trust-domain-env" . }}
        {{- template "metadata-env" . }}
        {{- template "requested-network-env" . }}
        {{- template "gateway-probes" }}
        volumeMounts:
        - name: workload-socket
          mountPath: /var/run/secrets/workload-spiffe-uds
        - name: credential-socket
          mountPath: /var/run/secrets/credential-uds
        {{- template "workload-mount" . }}
        {{- if eq (toString $global.pilotCertProvider) "istiod" }}
        - name: istiod-ca-cert
          mountPath: /var/run/secrets/istio
        {{- end }}
        - name: istio-data
          mountPath: /var/lib/istio/data
        - name: istio-envoy
          mountPath: /etc/istio/proxy
        - name: istio-token
          mountPath: /var/run/secrets/tokens
        - name: istio-podinfo
          mountPath: /etc/istio/pod
      volumes:
      - name: workload-socket
        emptyDir: {{ ternary "null" "{}" $facts.nullSocketOfGateways }}
      - name: credential-socket
        emptyDir: {}
      {{- template "workload-volume" (dict "data" . "empty" "emptyDir: {}") }}
      - name: istio-envoy
        emptyDir:
          medium: Memory
      - name: istio-data
        emptyDir: {}
      {{- template "podinfo-volume" }}
      {{- template "token-volume" (dict "name" "istio-token" "audience" $global.sds.token.aud) }}
      {{- if eq (toString $global.pilotCertProvider) "istiod" }}{{ template "root-volume" $all }}{{ end }}
      {{- template "pull-secrets" . }}
{{ template "service" $all }}
{{- template "scaling" $all }}
