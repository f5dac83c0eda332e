{{- /* A waypoint of ambient mode: the Envoy that a namespace's or service's traffic goes through. */ -}}

{{- $global := .Values.global }}
{{- $names := strdict "gateway.networking.k8s.io/gateway-name" .Name }}
{{- if $facts.oldGatewayName }}{{ $names = mergeMaps $names (strdict "istio.io/gateway-name" .Name) }}{{ end }}
{{- if $facts.gatewayClassLabel }}{{ $names = mergeMaps $names (strdict "gateway.networking.k8s.io/gateway-class-name" .GatewayClass) }}{{ end }}
{{- $controller := "istio.io-mesh-controller" }}
{{- if $facts.controllerLabel }}{{ $controller = .ControllerLabel }}{{ end }}
{{- $managed := strdict "gateway.istio.io/managed" $controller }}

{{- $settings := dict }}
{{- if $facts.waypointValues }}{{ $settings = default dict $global.waypoint }}
{{- else }}
  {{- $settings = dict "resources" (dict "limits" (dict "cpu" "2" "memory" "1Gi") "requests" (dict "cpu" "100m" "memory" "128Mi")) }}
{{- end }}
{{- $distribution := strdict }}
{{- if $facts.trafficDistribution }}{{ $distribution = strdict "networking.istio.io/traffic-distribution" "PreferClose" }}{{ end }}
{{- $ports := list (list "metrics" 15020) (list "status-port" 15021) (list "http-envoy-prom" 15090) }}

{{- $all := dict "data" . "facts" $facts "names" $names "managed" $managed "podManaged" $managed
  "annotations" (omit .InfrastructureAnnotations "kubectl.kubernetes.io/last-applied-configuration"
    "gateway.istio.io/name-override" "gateway.istio.io/service-account" "gateway.istio.io/controller-version")
  "fixedBundle" (not $facts.trustBundleName) "freeAccount" (lt .KubeVersion 128) "podLabels" (strdict "istio.io/dataplane-mode" "none")
  "serviceAnnotations" $distribution "dualStack" true }}
{{- template "account" $all }}
{{- template "workload" $all }}
    spec:
      {{- range $name := list "affinity" "topologySpreadConstraints" "nodeSelector" "tolerations" }}
        {{- with index $settings $name }}
      {{ $name }}: {{ toJson . }}
        {{- end }}
      {{- end }}
      {{- if $facts.waypointGracePeriod }}
      terminationGracePeriodSeconds: 2
      {{- end }}
      serviceAccountName: {{ quote .ServiceAccount }}
      containers:
      - name: istio-proxy
        {{- template "image" (dict "data" . "image" $global.proxy.image "built" .ProxyImage) }}
        {{- template "resources" (dict "given" $settings.resources "facts" $facts) }}
        securityContext:
          {{- template "unprivileged" }}
          {{- if not (and $facts.waypointValues (eq (toString $global.platform) "openshift")) }}
          runAsUser: 1337
          runAsGroup: 1337
          {{- end }}
          {{- with .Values.gateways }}{{ with .seccompProfile }}
          seccompProfile: {{ toJson . }}
          {{- end }}{{ end }}
        {{- template "agent-ports" (ternary $ports (rest $ports) $facts.waypointValues) }}
        args:
        - proxy
        - waypoint
        {{- template "domain-flag" . }}
        - --serviceCluster
        - {{ printf "%s.$(POD_NAMESPACE)" .ServiceAccount | quote }}
        {{- template "gateway-flags" . }}
        {{- template "json-flag" . }}
        {{- if $facts.waypointOutlierLog }}{{ with $global.proxy.outlierLogPath }}
        - {{ printf "--outlierLogPath=%s" . | quote }}
        {{- end }}{{ end }}
        env:
        {{- template "field-env" (list (list "ISTIO_META_SERVICE_ACCOUNT" "spec.serviceAccountName") (list "ISTIO_META_NODE_NAME" "spec.nodeName")) }}
        {{- template "ca-env" . }}
        {{- template "identity-env" . }}
        {{- template "resource-env" (dict "name" "ISTIO_CPU_LIMIT" "resource" "limits.cpu" "divisor" $facts.resourceDivisor) }}
        {{- template "config-env" . }}
        {{- template "metadata-env" . }}
        {{- template "limits-env" $facts.resourceDivisor }}
        - name: ISTIO_META_CLUSTER_ID
          value: {{ valueOrDefault $global.multiCluster.clusterName "Kubernetes" | quote }}
        {{- template "network-env" (dict "data" . "name" "ISTIO_META_NETWORK") }}
        {{- if $facts.eastWestNetworkView }}{{ if eq .ControllerLabel "istio.io-eastwest-controller" }}
          {{- template "requested-network-env" . }}
        {{- end }}{{ end }}
        - name: ISTIO_META_INTERCEPTION_MODE
          value: REDIRECT
        {{- template "deployment-env" . }}
        {{- template "mesh-env" . }}
        {{- if $facts.waypointTrustDomain }}{{ template "trust-domain-env" . }}{{ end }}
        {{- template "gateway-probes" }}
        volumeMounts:
        - name: workload-socket
          mountPath: /var/run/secrets/workload-spiffe-uds
        - name: istiod-ca-cert
          mountPath: /var/run/secrets/istio
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
      - name: istio-envoy
        emptyDir:
          medium: Memory
      - name: go-proxy-envoy
        emptyDir:
          medium: Memory
      - name: istio-data
        emptyDir: {}
      - name: go-proxy-data
        emptyDir: {}
      {{- template "podinfo-volume" }}
      {{- template "token-volume" (dict "name" "istio-token" "audience" "istio-ca") }}
      {{- template "root-volume" $all }}
      {{- template "pull-secrets" . }}
{{ template "service" $all }}
{{- template "scaling" $all }}
