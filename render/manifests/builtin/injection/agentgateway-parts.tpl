{{- define "agentgateway-image" }}
        {{- $own := default dict .Values.global.agentgateway }}
        {{- $named := default "" $own.image | toString | annotation .ObjectMeta "gateway.istio.io/agentgatewayImage" }}
        image: {{ ternary $named .AgentgatewayImage (contains "/" $named) | quote }}
        {{- template "pull-policy" . }}
{{- end }}

{{- define "agentgateway" }}
        {{- $data := .data }}
        {{- template "agent-ports" (list (list "metrics" 15020) (list "status-port" 15021)) }}
        args:
        - --config
        - "{}"
        env:
        {{- template "field-env" (list
          (list "POD_NAME" "metadata.name")
          (list "POD_NAMESPACE" "metadata.namespace")
          (list "NAMESPACE" "metadata.namespace")
          (list "INSTANCE_IP" "status.podIP")
          (list "SERVICE_ACCOUNT" "spec.serviceAccountName")) }}
        {{- template "resource-env" (dict "name" "CPU_LIMIT" "resource" "limits.cpu" "divisor" .facts.resourceDivisor) }}
        - name: GATEWAY
          value: {{ quote $data.Name }}
        - name: RUST_BACKTRACE
          value: "1"
        - name: CLUSTER_ID
          value: {{ valueOrDefault $data.Values.global.multiCluster.clusterName $data.ClusterID | quote }}
        {{- template "network-env" (dict "data" $data "name" "NETWORK") }}
        {{- template "trust-domain-env" $data }}
        {{- template "metadata-env" $data }}
        - name: XDS_ADDRESS
          value: {{ quote $data.ProxyConfig.DiscoveryAddress }}
        {{- if .facts.agentgatewayCA }}
        - name: CA_ADDRESS
          value: {{ template "ca-address" $data }}
        {{- end }}
        {{- template "gateway-probes" }}
        volumeMounts:
        - name: istiod-ca-cert
          mountPath: /var/run/secrets/xds
        - name: {{ ternary "xds-token" "istio-token" .facts.agentgatewayCA }}
          mountPath: /var/run/secrets/xds-tokens
        - name: tmp
          mountPath: /tmp
        {{- if .facts.agentgatewayCA }}
        - name: istiod-ca-cert
          mountPath: /var/run/secrets/istio
        - name: istio-token
          mountPath: /var/run/secrets/tokens
        {{- end }}
{{- end }}

{{- define "agentgateway-volumes" }}
      {{- $audience := .data.Values.global.sds.token.aud }}
      volumes:
      - name: tmp
        emptyDir: {}
      {{- if .facts.agentgatewayCA }}{{ template "token-volume" (dict "name" "xds-token" "audience" $audience) }}{{ end }}
      {{- template "token-volume" (dict "name" "istio-token" "path" (ternary "" "xds-token" .facts.agentgatewayCA) "audience" $audience) }}
      {{- if eq (toString .data.Values.global.pilotCertProvider) "istiod" }}{{ template "root-volume" . }}{{ end }}
{{- end }}
