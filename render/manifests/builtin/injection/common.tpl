{{- /* A text of a user, from an annotation above all, is only ever printed through quote or toJson: it cannot leave its place. */ -}}

{{- define "identity-labels" }}
    service.istio.io/canonical-name: {{ index .ObjectMeta.Labels "service.istio.io/canonical-name"
      | default (index .ObjectMeta.Labels "app.kubernetes.io/name")
      | default (index .ObjectMeta.Labels "app")
      | default .DeploymentMeta.Name | trunc 63 | trimAll "-_." | quote }}
    service.istio.io/canonical-revision: {{ index .ObjectMeta.Labels "service.istio.io/canonical-revision"
      | default (index .ObjectMeta.Labels "app.kubernetes.io/version")
      | default (index .ObjectMeta.Labels "version")
      | default "latest" | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{- /* For kubectl logs and exec: the first container that is not the proxy, unless the pod says otherwise. */ -}}
{{- define "default-container" }}
    istio.io/rev: {{ .data.Revision | default "default" | quote }}
{{- if .apps }}
  {{- range $name := list "kubectl.kubernetes.io/default-container" "kubectl.kubernetes.io/default-logs-container" }}
    {{- if not (isset $.data.ObjectMeta.Annotations $name) }}
    {{ $name }}: {{ first $.apps | quote }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* An image with a slash is a whole reference; without one it is a name that istiod completes with hub and tag. */ -}}
{{- define "image" }}
    image: {{ $named := default "" .image -}}
      {{ annotation .data.ObjectMeta "sidecar.istio.io/proxyImage" "" | default (ternary $named .data.ProxyImage (contains "/" $named)) | quote }}
{{- with .data.Values.global.imagePullPolicy }}
    imagePullPolicy: {{ quote . }}
{{- end }}
{{- end }}

{{- define "log-flags" }}
    - {{ annotation .ObjectMeta "sidecar.istio.io/agentLogLevel" (default "default:info" .Values.global.logging.level) | printf "--log_output_level=%s" | quote }}
{{- if .Values.global.logAsJson }}
    - --log_as_json
{{- end }}
{{- end }}

{{- define "proxy-flags" }}
    {{- $proxy := .Values.global.proxy }}
    - --domain
    - {{ default "cluster.local" $proxy.clusterDomain | printf "$(POD_NAMESPACE).svc.%s" | quote }}
    - {{ annotation .ObjectMeta "sidecar.istio.io/logLevel" (default "warning" $proxy.logLevel) | printf "--proxyLogLevel=%s" | quote }}
    - {{ annotation .ObjectMeta "sidecar.istio.io/componentLogLevel" (default "misc:error" $proxy.componentLogLevel) | printf "--proxyComponentLogLevel=%s" | quote }}
    {{- template "log-flags" . }}
    {{- with .Values.global.sts }}{{ with .servicePort }}
    - --stsPort={{ int . }}
    {{- end }}{{ end }}
    {{- with $proxy.outlierLogPath }}
    - {{ printf "--outlierLogPath=%s" . | quote }}
    {{- end }}
{{- end }}

{{- define "metadata-env" }}
{{- range $name, $value := .ProxyConfig.ProxyMetadata }}
    - name: {{ quote $name }}
      value: {{ quote $value }}
{{- end }}
{{- end }}

{{- define "app-containers" }}
    - name: ISTIO_META_APP_CONTAINERS
      value: {{ join "," .apps | quote }}
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

{{- define "proxy-env" }}
    {{- $data := .data }}
    {{- $global := $data.Values.global }}
    {{- $divisor := .facts.resourceDivisor }}
    {{- $revision := default "default" $data.Values.revision }}
    - name: PILOT_CERT_PROVIDER
      value: {{ quote $global.pilotCertProvider }}
    - name: CA_ADDR
      value: {{ $global.caAddress | default (printf "istiod%s.%s.svc:15012"
        (eq $revision "default" | ternary "" (printf "-%s" $revision)) $global.istioNamespace) | quote }}
    {{- range $field := list
      (list "POD_NAME" "metadata.name")
      (list "POD_NAMESPACE" "metadata.namespace")
      (list "INSTANCE_IP" "status.podIP")
      (list "SERVICE_ACCOUNT" "spec.serviceAccountName")
      (list "HOST_IP" "status.hostIP") }}
    - name: {{ first $field }}
      valueFrom:
        fieldRef:
          fieldPath: {{ last $field }}
    {{- end }}
    {{- template "resource-env" (dict "name" "ISTIO_CPU_LIMIT" "resource" "limits.cpu" "divisor" $divisor) }}
    - name: PROXY_CONFIG
      value: {{ protoToJSON $data.ProxyConfig | printf "%s\n" | quote }}
    - name: ISTIO_META_POD_PORTS
      {{- $lines := list "[" }}
      {{- range $container := $data.Spec.Containers }}
        {{- range $port := $container.Ports }}
          {{- $lines = append $lines (printf "    %s%s" (len $lines | eq 1 | ternary "" ",") (structToJSON $port)) }}
        {{- end }}
      {{- end }}
      value: {{ append $lines "]" | join "\n" | quote }}
    {{- if not .gateway }}{{ template "app-containers" . }}{{ end }}
    {{- template "resource-env" (dict "name" "GOMEMLIMIT" "resource" "limits.memory" "divisor" $divisor) }}
    {{- template "resource-env" (dict "name" "GOMAXPROCS" "resource" "limits.cpu" "divisor" $divisor) }}
    {{- if .gateway }}{{ template "app-containers" . }}{{ end }}
    {{- with $data.CompliancePolicy }}
    - name: COMPLIANCE_POLICY
      value: {{ quote . }}
    {{- end }}
    - name: ISTIO_META_CLUSTER_ID
      value: {{ valueOrDefault $global.multiCluster.clusterName "Kubernetes" | quote }}
    - name: ISTIO_META_NODE_NAME
      valueFrom:
        fieldRef:
          fieldPath: spec.nodeName
    - name: ISTIO_META_INTERCEPTION_MODE
      value: {{ quote .mode }}
    {{- with index $data.ObjectMeta.Labels "service.istio.io/workload-name" | default $data.DeploymentMeta.Name }}
    - name: ISTIO_META_WORKLOAD_NAME
      value: {{ quote . }}
    {{- end }}
    {{- if and $data.TypeMeta.APIVersion $data.DeploymentMeta.Name }}
    - name: ISTIO_META_OWNER
      value: {{ printf "kubernetes://apis/%s/namespaces/%s/%ss/%s" $data.TypeMeta.APIVersion
        (default "default" $data.DeploymentMeta.Namespace) (toLower $data.TypeMeta.Kind) $data.DeploymentMeta.Name | quote }}
    {{- end }}
    {{- if isset $data.ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" }}
    - name: ISTIO_BOOTSTRAP_OVERRIDE
      value: /etc/istio/custom-bootstrap/custom_bootstrap.json
    {{- end }}
    {{- with default $data.MeshConfig.TrustDomain $global.meshID }}
    - name: ISTIO_META_MESH_ID
      value: {{ quote . }}
    {{- end }}
    {{- with $data.MeshConfig.TrustDomain }}
    - name: TRUST_DOMAIN
      value: {{ quote . }}
    {{- end }}
    {{- if and (eq (toString $global.proxy.tracer) "datadog") (isset $data.ObjectMeta.Annotations "apm.datadoghq.com/env") }}
      {{- $variables := fromJSON (index $data.ObjectMeta.Annotations "apm.datadoghq.com/env") }}
      {{- if not (kindIs "map" $variables) }}{{ fail "annotation apm.datadoghq.com/env must be a JSON object" }}{{ end }}
      {{- range $name, $value := $variables }}
    - name: {{ quote $name }}
      value: {{ quote $value }}
      {{- end }}
    {{- end }}
    {{- template "metadata-env" $data }}
{{- end }}

{{- define "readiness" }}
    {{- $proxy := .Values.global.proxy }}
    readinessProbe:
      httpGet:
        path: /healthz/ready
        port: 15021
      initialDelaySeconds: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/initialDelaySeconds" $proxy.readinessInitialDelaySeconds | int }}
      periodSeconds: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/periodSeconds" $proxy.readinessPeriodSeconds | int }}
      timeoutSeconds: 3
      failureThreshold: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/failureThreshold" $proxy.readinessFailureThreshold | int }}
{{- end }}

{{- /* Maps of user volumes by name, each as an entry of a list. */ -}}
{{- define "user-entries" }}
{{- if isset .data.ObjectMeta.Annotations .annotation }}
  {{- $entries := fromJSON (index .data.ObjectMeta.Annotations .annotation) }}
  {{- if not (kindIs "map" $entries) }}{{ fail (printf "annotation %s must be a JSON object of names" .annotation) }}{{ end }}
  {{- range $name, $entry := $entries }}
    - {{ set $entry "name" $name | toJson }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "volume-mounts" }}
    {{- $global := .data.Values.global }}
    volumeMounts:
    - name: workload-socket
      mountPath: /var/run/secrets/workload-spiffe-uds
    - name: credential-socket
      mountPath: /var/run/secrets/credential-uds
    {{- if eq (toString $global.caName) "GkeWorkloadCertificate" }}
    - name: gke-workload-certificate
      mountPath: /var/run/secrets/workload-spiffe-credentials
      readOnly: true
    {{- else }}
    - name: workload-certs
      mountPath: /var/run/secrets/workload-spiffe-credentials
    {{- end }}
    {{- if eq (toString $global.pilotCertProvider) "istiod" }}
    - name: istiod-ca-cert
      mountPath: /var/run/secrets/istio
      {{- if .crl }}
    - name: istio-ca-crl
      mountPath: /var/run/secrets/istio/crl
      {{- end }}
    {{- end }}
    - name: istio-data
      mountPath: /var/lib/istio/data
    - name: istio-envoy
      mountPath: /etc/istio/proxy
    - name: istio-token
      mountPath: /var/run/secrets/tokens
    {{- if $global.mountMtlsCerts }}
    - name: istio-certs
      mountPath: /etc/certs/
      readOnly: true
    {{- end }}
    - name: istio-podinfo
      mountPath: /etc/istio/pod
    {{- if isset .data.ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" }}
    - name: custom-bootstrap-volume
      mountPath: /etc/istio/custom-bootstrap
    {{- end }}
    {{- if .tracingCerts }}
    - name: lightstep-certs
      mountPath: {{ directory .tracingCerts | quote }}
      readOnly: true
    {{- end }}
    {{- template "user-entries" (dict "data" .data "annotation" "sidecar.istio.io/userVolumeMount") }}
{{- end }}

{{- define "volumes" }}
    {{- $global := .data.Values.global }}
    {{- $empty := ternary "emptyDir: {}" "" .gateway }}
    {{- $bundle := "" }}
    {{- if .facts.trustBundleName }}{{ $bundle = default "" $global.trustBundleName }}{{ end }}
  volumes:
    - name: workload-socket
      {{ ternary $empty "" .facts.gatewaySocketEmptyDir }}
    - name: credential-socket
      {{ $empty }}
    {{- if eq (toString $global.caName) "GkeWorkloadCertificate" }}
    - name: gke-workload-certificate
      csi:
        driver: workloadcertificates.security.cloud.google.com
    {{- else }}
    - name: workload-certs
      {{ $empty }}
    {{- end }}
    - name: istio-envoy
      emptyDir:
        medium: Memory
    - name: istio-data
      emptyDir: {}
    - name: istio-podinfo
      downwardAPI:
        items:
        - path: labels
          fieldRef:
            fieldPath: metadata.labels
        - path: annotations
          fieldRef:
            fieldPath: metadata.annotations
    - name: istio-token
      projected:
        sources:
        - serviceAccountToken:
            path: istio-token
            expirationSeconds: 43200
            audience: {{ quote $global.sds.token.aud }}
    {{- if eq (toString $global.pilotCertProvider) "istiod" }}
    - name: istiod-ca-cert
      {{- if and .facts.clusterTrustBundle .data.Values.pilot.env (eq (toString .data.Values.pilot.env.ENABLE_CLUSTER_TRUST_BUNDLE_API) "true") }}
      projected:
        sources:
        - clusterTrustBundle:
            name: {{ default "root-cert" $bundle | printf "istio.io:istiod-ca:%s" | quote }}
            path: root-cert.pem
      {{- else }}
      configMap:
        name: {{ default "istio-ca-root-cert" $bundle | quote }}
      {{- end }}
      {{- if .crl }}
    - name: istio-ca-crl
      configMap:
        name: {{ env "PILOT_CRL_CONFIGMAP" "istio-ca-crl" | quote }}
        optional: true
      {{- end }}
    {{- end }}
    {{- if $global.mountMtlsCerts }}
    - name: istio-certs
      secret:
        secretName: {{ .data.Spec.ServiceAccountName | default "default" | printf "istio.%s" | quote }}
        optional: true
    {{- end }}
    {{- with index .data.ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" }}
    - name: custom-bootstrap-volume
      configMap:
        name: {{ quote . }}
    {{- end }}
    {{- if .tracingCerts }}
    - name: lightstep-certs
      secret:
        secretName: lightstep.cacert
        optional: true
    {{- end }}
    {{- template "user-entries" (dict "data" .data "annotation" "sidecar.istio.io/userVolume") }}
  {{- with $global.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ quote . }}
    {{- end }}
  {{- end }}
{{- end }}
