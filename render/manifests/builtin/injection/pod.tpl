{{- define "canonical-labels" }}
    service.istio.io/canonical-name: {{ quote .name }}
    service.istio.io/canonical-revision: {{ index .data.ObjectMeta.Labels "service.istio.io/canonical-revision"
      | default (index .data.ObjectMeta.Labels "app.kubernetes.io/version")
      | default (index .data.ObjectMeta.Labels "version")
      | default "latest" | quote }}
{{- end }}

{{- define "default-container" }}
    {{- /* For kubectl logs and exec: the first container that is not the proxy, unless the pod says otherwise. */}}
    istio.io/rev: {{ .data.Revision | default "default" | quote }}
    {{- /* Earlier gateways went by their only container, whatever the pod said. */}}
    {{- $own := .facts.ownDefaultContainer | or (not .gateway) }}
    {{- if and .apps (or $own (eq 1 (len .apps))) }}
      {{- range $name := list "kubectl.kubernetes.io/default-container" "kubectl.kubernetes.io/default-logs-container" }}
        {{- if not (and $own (isset $.data.ObjectMeta.Annotations $name)) }}
    {{ $name }}: {{ first $.apps | quote }}
        {{- end }}
      {{- end }}
    {{- end }}
{{- end }}

{{- define "localhost-env" }}
        {{- if eq .InboundTrafficPolicyMode "localhost" }}
        - name: REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION
          value: "true"
        {{- end }}
{{- end }}

{{- define "ports-env" }}
        - name: ISTIO_META_POD_PORTS
          {{- $lines := list "[" }}
          {{- range $container := .Spec.Containers }}
            {{- range $port := $container.Ports }}
              {{- $lines = append $lines (printf "    %s%s" (len $lines | eq 1 | ternary "" ",") (structToJSON $port)) }}
            {{- end }}
          {{- end }}
          value: {{ append $lines "]" | join "\n" | quote }}
{{- end }}

{{- define "apps-env" }}
        - name: ISTIO_META_APP_CONTAINERS
          value: {{ join "," . | quote }}
{{- end }}

{{- define "cluster-env" }}
        - name: ISTIO_META_CLUSTER_ID
          value: {{ valueOrDefault .Values.global.multiCluster.clusterName "Kubernetes" | quote }}
        {{- template "field-env" (list (list "ISTIO_META_NODE_NAME" "spec.nodeName")) }}
{{- end }}

{{- define "owner-env" }}
        {{- if and .TypeMeta.APIVersion .DeploymentMeta.Name }}
        - name: ISTIO_META_OWNER
          value: {{ printf "kubernetes://apis/%s/namespaces/%s/%ss/%s" .TypeMeta.APIVersion
            (default "default" .DeploymentMeta.Namespace) (toLower .TypeMeta.Kind) .DeploymentMeta.Name | quote }}
        {{- end }}
{{- end }}

{{- define "proxy-env" }}
        {{- $data := .data }}
        {{- $divisor := .facts.resourceDivisor }}
        {{- template "ca-env" $data }}
        {{- template "identity-env" $data }}
        {{- template "resource-env" (dict "name" "ISTIO_CPU_LIMIT" "resource" "limits.cpu" "divisor" $divisor) }}
        {{- template "config-env" $data }}
        {{- template "ports-env" $data }}
        {{- if not .gateway }}{{ template "apps-env" .apps }}{{ end }}
        {{- template "limits-env" $divisor }}
        {{- if .gateway }}{{ template "apps-env" .apps }}{{ end }}
        {{- with $data.CompliancePolicy }}
        - name: COMPLIANCE_POLICY
          value: {{ quote . }}
          {{- if eq . $.facts.strictCompliance }}
        - name: GODEBUG
          value: fips140=only
          {{- end }}
        {{- end }}
        {{- template "cluster-env" $data }}
        - name: ISTIO_META_INTERCEPTION_MODE
          value: {{ quote .mode }}
        {{- with default $data.DeploymentMeta.Name .workload }}
        - name: ISTIO_META_WORKLOAD_NAME
          value: {{ quote . }}
        {{- end }}
        {{- template "owner-env" $data }}
        {{- if .bootstrap }}
        - name: ISTIO_BOOTSTRAP_OVERRIDE
          value: /etc/istio/custom-bootstrap/custom_bootstrap.json
        {{- end }}
        {{- template "mesh-env" $data }}
        {{- template "trust-domain-env" $data }}
        {{- range $name, $value := .variables }}
        - name: {{ quote $name }}
          value: {{ quote $value }}
        {{- end }}
        {{- template "metadata-env" $data }}
{{- end }}

{{- define "readiness" }}
        {{- $proxy := .data.Values.global.proxy }}
        readinessProbe:
          httpGet:
            path: /healthz/ready
            port: {{ .port }}
          initialDelaySeconds: {{ annotation .data.ObjectMeta "readiness.status.sidecar.istio.io/initialDelaySeconds" $proxy.readinessInitialDelaySeconds | int }}
          periodSeconds: {{ annotation .data.ObjectMeta "readiness.status.sidecar.istio.io/periodSeconds" $proxy.readinessPeriodSeconds | int }}
          timeoutSeconds: 3
          failureThreshold: {{ annotation .data.ObjectMeta "readiness.status.sidecar.istio.io/failureThreshold" $proxy.readinessFailureThreshold | int }}
{{- end }}

{{- define "pod-resources" }}
        {{- /* One annotation about resources puts all of the defaults aside. */}}
        {{- $of := .data.ObjectMeta.Annotations }}
        {{- $given := dict
          "requests" (dict "cpu" (index $of "sidecar.istio.io/proxyCPU") "memory" (index $of "sidecar.istio.io/proxyMemory"))
          "limits" (dict "cpu" (index $of "sidecar.istio.io/proxyCPULimit") "memory" (index $of "sidecar.istio.io/proxyMemoryLimit")) }}
        {{- if eq "" (print $given.requests.cpu $given.requests.memory $given.limits.cpu $given.limits.memory) }}
          {{- $given = .data.Values.global.proxy.resources }}
        {{- end }}
        {{- template "resources" (dict "given" $given "facts" .facts) }}
{{- end }}

{{- define "user-entries" }}
      {{- /* An object of entries by name, or a list of entries; a name that an entry has itself is the one that counts. */}}
      {{- if isset .data.ObjectMeta.Annotations .annotation }}
        {{- $entries := fromJSON (index .data.ObjectMeta.Annotations .annotation) }}
        {{- if not (or (kindIs "map" $entries) (kindIs "slice" $entries)) }}
          {{- fail (printf "annotation %s must be a JSON object or list" .annotation) }}
        {{- end }}
        {{- range $name, $entry := $entries }}
          {{- if not (kindIs "map" $entry) }}{{ fail (printf "annotation %s must hold JSON objects" $.annotation) }}{{ end }}
      {{ $.indent }}- {{ set $entry "name" (default (toString $name) $entry.name) | toJson }}
        {{- end }}
      {{- end }}
{{- end }}

{{- define "workload-mount" }}
        {{- if eq (toString .Values.global.caName) "GkeWorkloadCertificate" }}
        - name: gke-workload-certificate
          mountPath: /var/run/secrets/workload-spiffe-credentials
          readOnly: true
        {{- else }}
        - name: workload-certs
          mountPath: /var/run/secrets/workload-spiffe-credentials
        {{- end }}
{{- end }}

{{- define "workload-volume" }}
      {{- if eq (toString .data.Values.global.caName) "GkeWorkloadCertificate" }}
      - name: gke-workload-certificate
        csi:
          driver: workloadcertificates.security.cloud.google.com
      {{- else }}
      - name: workload-certs
        {{ .empty }}
      {{- end }}
{{- end }}

{{- define "certs-mount" }}
        {{- if .Values.global.mountMtlsCerts }}
        - name: istio-certs
          mountPath: /etc/certs/
          readOnly: true
        {{- end }}
{{- end }}

{{- define "certs-volume" }}
      {{- if .Values.global.mountMtlsCerts }}
      - name: istio-certs
        secret:
          secretName: {{ .Spec.ServiceAccountName | default "default" | printf "istio.%s" | quote }}
          optional: true
      {{- end }}
{{- end }}

{{- define "bootstrap-volume" }}
      - name: custom-bootstrap-volume
        configMap:
          name: {{ index .ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" | quote }}
{{- end }}

{{- define "volume-mounts" }}
        {{- $global := .data.Values.global }}
        volumeMounts:
        - name: workload-socket
          mountPath: /var/run/secrets/workload-spiffe-uds
        - name: credential-socket
          mountPath: /var/run/secrets/credential-uds
        {{- template "workload-mount" .data }}
        {{- if eq (toString $global.pilotCertProvider) "istiod" }}
        - name: istiod-ca-cert
          mountPath: /var/run/secrets/istio
          {{- if .crl }}
        - name: istio-ca-crl
          mountPath: /var/run/secrets/istio/crl
          {{- end }}
        {{- end }}
        {{- if and (not .gateway) .facts.kubernetesCA (eq (toString $global.pilotCertProvider) "kubernetes") }}
        - name: kube-ca-cert
          mountPath: /var/run/secrets/istio/kubernetes
        {{- end }}
        - name: istio-data
          mountPath: /var/lib/istio/data
        {{- if .bootstrap }}
        - name: custom-bootstrap-volume
          mountPath: /etc/istio/custom-bootstrap
        {{- end }}
        - name: istio-envoy
          mountPath: /etc/istio/proxy
        - name: istio-token
          mountPath: /var/run/secrets/tokens
        {{- template "certs-mount" .data }}
        - name: istio-podinfo
          mountPath: /etc/istio/pod
        {{- if .tracingCerts }}
        - name: lightstep-certs
          mountPath: {{ directory .tracingCerts | quote }}
          readOnly: true
        {{- end }}
{{- end }}

{{- define "volumes" }}
      {{- $empty := ternary "emptyDir: {}" "" .gateway }}
      volumes:
      - name: workload-socket
        {{ ternary $empty "" .facts.gatewaySocketEmptyDir }}
      - name: credential-socket
        {{ $empty }}
      {{- template "workload-volume" (dict "data" .data "empty" $empty) }}
      {{- if .bootstrap }}{{ template "bootstrap-volume" .data }}{{ end }}
      - name: istio-envoy
        emptyDir:
          medium: Memory
      - name: istio-data
        emptyDir: {}
      {{- template "podinfo-volume" }}
      {{- template "token-volume" (dict "name" "istio-token" "audience" .data.Values.global.sds.token.aud) }}
      {{- if eq (toString .data.Values.global.pilotCertProvider) "istiod" }}{{ template "root-volume" . }}{{ end }}
      {{- if and (not .gateway) .facts.kubernetesCA (eq (toString .data.Values.global.pilotCertProvider) "kubernetes") }}
      - name: kube-ca-cert
        configMap:
          name: kube-root-ca.crt
      {{- end }}
      {{- if .crl }}
      - name: istio-ca-crl
        configMap:
          name: {{ env "PILOT_CRL_CONFIGMAP" "istio-ca-crl" | quote }}
          optional: true
      {{- end }}
      {{- template "certs-volume" .data }}
      {{- if .tracingCerts }}
      - name: lightstep-certs
        secret:
          secretName: lightstep.cacert
          optional: true
      {{- end }}
{{- end }}
