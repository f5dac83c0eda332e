{{- /* gRPC without a proxy or an agent: a bootstrap file that leads the program's own xDS client to istiod. */ -}}

metadata:
  annotations:
    sidecar.istio.io/rewriteAppHTTPProbers: "false"
spec:
      initContainers:
      - name: grpc-bootstrap-init
        image: busybox:1.28
        volumeMounts:
        - name: grpc-io-proxyless-bootstrap
          mountPath: /var/lib/grpc/data/
        env:
        {{- template "field-env" (list
          (list "INSTANCE_IP" "status.podIP")
          (list "POD_NAME" "metadata.name")
          (list "POD_NAMESPACE" "metadata.namespace")) }}
        - name: ISTIO_NAMESPACE
          value: {{ printf "%s\n" .Values.global.istioNamespace | quote }}
        command:
        - sh
        - -c
        - |-
          SERVER="dns:///istiod.$(echo ${ISTIO_NAMESPACE}).svc:15010"
          NODE="sidecar~${INSTANCE_IP}~${POD_NAME}.${POD_NAMESPACE}~cluster.local"
          cat > /var/lib/grpc/data/bootstrap.json <<EOF
          {"xds_servers": [{"server_uri": "${SERVER}", "channel_creds": [{"type": "insecure"}], "server_features": ["xds_v3"]}],
           "node": {"id": "${NODE}", "metadata": {"GENERATOR": "grpc"}}}
          EOF
      containers:
      {{- range $container := .Spec.Containers }}
      - name: {{ quote $container.Name }}
        env:
        - name: GRPC_XDS_BOOTSTRAP
          value: /var/lib/grpc/data/bootstrap.json
        - name: GRPC_GO_LOG_VERBOSITY_LEVEL
          value: "99"
        - name: GRPC_GO_LOG_SEVERITY_LEVEL
          value: info
        volumeMounts:
        - name: grpc-io-proxyless-bootstrap
          mountPath: /var/lib/grpc/data/
      {{- end }}
      volumes:
      - name: grpc-io-proxyless-bootstrap
        emptyDir: {}
