package main

import "encoding/json"

// What a pod template is executed with: the fields of istiod's own types that a template may read, by their Go names.
// Every string map is typed, so that a missing entry is the empty text, as in istiod.
type pod struct {
	TypeMeta                 typeMeta
	DeploymentMeta           namespacedName
	ObjectMeta               ObjectMeta
	Spec                     podSpec
	ProxyConfig              *proxyConfig
	MeshConfig               *meshConfig
	Values                   map[string]any
	Revision                 string
	NativeSidecars           bool
	ProxyImage               string
	ProxyInitImage           string
	ProxyUID                 int64
	ProxyGID                 int64
	InboundTrafficPolicyMode string
	CompliancePolicy         string
}

// What the template of a Gateway is executed with.
type gatewayInput struct {
	*Gateway
	GatewayClass, DeploymentName, ServiceAccount    string
	Ports                                           []servicePort
	ServiceType                                     serviceType
	ClusterID                                       string
	KubeVersion                                     int
	Revision                                        string
	NativeSidecars                                  bool
	ProxyUID, ProxyGID                              int64
	CompliancePolicy                                string
	InfrastructureLabels, InfrastructureAnnotations map[string]string
	GatewayNameLabel                                string
	IsEastWestGateway                               bool
	ControllerLabel                                 string
	ProxyImage, AgentgatewayImage                   string
	ProxyConfig                                     *proxyConfig
	MeshConfig                                      *meshConfig
	Values                                          map[string]any
}

type Gateway struct {
	ObjectMeta `json:"metadata"`
	Spec       struct{ Addresses []struct{ Value string } }
}

type servicePort struct {
	Name        string
	Port        int32
	Protocol    protocol
	AppProtocol *string
}

// Texts with a type of their own, as Kubernetes has them.
type (
	uid         string
	protocol    string
	serviceType string
)

type typeMeta struct{ Kind, APIVersion string }

type namespacedName struct{ Namespace, Name string }

type ObjectMeta struct {
	Name, GenerateName, Namespace string
	UID                           uid
	Labels, Annotations           map[string]string
}

type podSpec struct {
	Containers, InitContainers   []container
	SecurityContext              *podSecurityContext
	HostNetwork                  bool
	ServiceAccountName, NodeName string
}

type podSecurityContext struct{ Sysctls []sysctl }

type sysctl struct{ Name, Value string }

type container struct {
	Name, Image string
	Ports       []containerPort
}

// The JSON names and their order are those of Kubernetes: a template may print a port.
type containerPort struct {
	Name          string `json:"name,omitempty"`
	HostPort      int32  `json:"hostPort,omitempty"`
	ContainerPort int32  `json:"containerPort"`
	Protocol      string `json:"protocol,omitempty"`
	HostIP        string `json:"hostIP,omitempty"`
}

type proxyConfig struct {
	InterceptionMode                interceptionMode
	DiscoveryAddress                string
	ProxyMetadata                   map[string]string
	HoldApplicationUntilProxyStarts *boolValue
	Tracing                         *tracing
	// What protoToJSON prints of it.
	Printed json.RawMessage
}

func (c *proxyConfig) GetHoldApplicationUntilProxyStarts() *boolValue {
	return c.HoldApplicationUntilProxyStarts
}

func (c *proxyConfig) GetTracing() *tracing { return c.Tracing }

// An enumeration of protobuf: a number that prints as its name.
type interceptionMode int32

var modes = []string{"REDIRECT", "TPROXY", "NONE"}

func (m interceptionMode) String() string { return modes[m] }

func (m *interceptionMode) UnmarshalText(text []byte) error {
	for number, name := range modes {
		if name == string(text) {
			*m = interceptionMode(number)
		}
	}
	return nil
}

type boolValue struct{ Value bool }

// The getters of protobuf take a missing message for an empty one.

func (v *boolValue) GetValue() bool { return v != nil && v.Value }

type tracing struct{ TlsSettings *tlsSettings }

func (t *tracing) GetTlsSettings() *tlsSettings {
	if t == nil {
		return nil
	}
	return t.TlsSettings
}

type tlsSettings struct{ CaCertificates string }

func (t *tlsSettings) GetCaCertificates() string {
	if t == nil {
		return ""
	}
	return t.CaCertificates
}

type meshConfig struct {
	TrustDomain        string
	ExtensionProviders []extensionProvider
}

type extensionProvider struct {
	Opentelemetry *struct{ ServiceAttributeEnrichment string }
}
