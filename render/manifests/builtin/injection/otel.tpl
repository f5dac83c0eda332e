{{- define "otel-env" }}
        {{- with otelResourceAttributes .MeshConfig .ObjectMeta.Annotations .ObjectMeta.Labels .DeploymentMeta.Namespace .Spec.Containers }}
        - name: OTEL_RESOURCE_ATTRIBUTES
          value: {{ quote . }}
        {{- end }}
{{- end }}
