{{- define "suffix" }}{{ if ne .Values.revision "" }}-{{ .Values.revision }}{{ end }}{{ end }}
{{- define "client" }}
  clientConfig:
    service: {name: istiod{{ include "suffix" . }}, namespace: {{ .Release.Namespace }}, path: /inject, port: 443}
  sideEffects: None
  rules:
  - {operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}
  failurePolicy: Fail
  reinvocationPolicy: Never
  admissionReviewVersions: [v1]
{{- end }}
{{- define "webhooks" }}
- name: rev.namespace.sidecar-injector.istio.io
  {{- include "client" .root }}
  namespaceSelector:
    matchExpressions:
    - {key: istio.io/rev, operator: In, values: [{{ .name | quote }}]}
    - {key: istio-injection, operator: DoesNotExist}
  objectSelector:
    matchExpressions:
    - {key: sidecar.istio.io/inject, operator: NotIn, values: ["false"]}
- name: rev.object.sidecar-injector.istio.io
  {{- include "client" .root }}
  namespaceSelector:
    matchExpressions:
    - {key: istio.io/rev, operator: DoesNotExist}
    - {key: istio-injection, operator: DoesNotExist}
  objectSelector:
    matchExpressions:
    - {key: sidecar.istio.io/inject, operator: NotIn, values: ["false"]}
    - {key: istio.io/rev, operator: In, values: [{{ .name | quote }}]}
{{- if eq .name "default" }}
- name: namespace.sidecar-injector.istio.io
  {{- include "client" .root }}
  namespaceSelector:
    matchExpressions:
    - {key: istio-injection, operator: In, values: [enabled]}
  objectSelector:
    matchExpressions:
    - {key: sidecar.istio.io/inject, operator: NotIn, values: ["false"]}
- name: object.sidecar-injector.istio.io
  {{- include "client" .root }}
  namespaceSelector:
    matchExpressions:
    - {key: istio-injection, operator: DoesNotExist}
    - {key: istio.io/rev, operator: DoesNotExist}
  objectSelector:
    matchExpressions:
    - {key: sidecar.istio.io/inject, operator: In, values: ["true"]}
    - {key: istio.io/rev, operator: DoesNotExist}
{{- end }}
{{- end }}
