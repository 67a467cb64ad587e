package main

import (
	"net/netip"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

func (m *manifests) check() {
	deployments := all[*appsv1.Deployment](m)
	if len(deployments) != 1 || len(deployments[0].Spec.Template.Spec.Containers) != 1 {
		m.report("there are %d Deployments, not 1 with 1 container", len(deployments))
		return
	}
	d := deployments[0]
	m.checkNamespace()
	m.checkSelector("the Deployment", d.Spec.Selector, d)
	if update := d.Spec.Strategy.RollingUpdate; update == nil || update.MaxSurge.IntValue() < 1 || update.MaxUnavailable.IntValue() != 0 {
		m.report("a rolling update ends a pod before the next is ready: %+v", update)
	}
	m.checkPod(d)
	m.checkScale(d)
	for _, service := range all[*corev1.Service](m) {
		m.checkSelector("the Service", &metav1.LabelSelector{MatchLabels: service.Spec.Selector}, d)
		for _, port := range service.Spec.Ports {
			if !hasPort(d.Spec.Template.Spec.Containers[0], port.TargetPort.StrVal) {
				m.report("the Service leads to the port %q, which the container does not have", port.TargetPort.String())
			}
		}
	}
	policies := all[*networkingv1.NetworkPolicy](m)
	for _, policy := range policies {
		m.checkSelector("the NetworkPolicy", &policy.Spec.PodSelector, d)
		for _, rule := range policy.Spec.Ingress {
			for _, port := range rule.Ports {
				if !hasPort(d.Spec.Template.Spec.Containers[0], port.Port.StrVal) {
					m.report("the NetworkPolicy allows the port %q, which the container does not have", port.Port.String())
				}
			}
		}
		m.checkEgress(policy)
	}
	if len(policies) == 0 {
		m.report("there is no NetworkPolicy")
	}
	m.checkGateways()
	for _, ingress := range all[*networkingv1.Ingress](m) {
		m.checkIngress(ingress)
	}
}

// checkEgress has the pods reach DNS wherever it is, and not what gives away the node's keys.
func (m *manifests) checkEgress(policy *networkingv1.NetworkPolicy) {
	for _, address := range []string{"10.96.0.10", "169.254.20.10", "169.254.25.10", "169.254.169.254"} {
		for _, protocol := range []corev1.Protocol{corev1.ProtocolUDP, corev1.ProtocolTCP} {
			if !letsOut(policy, address, protocol, 53) {
				m.report("the NetworkPolicy keeps the pods from DNS at %s by %s", address, protocol)
			}
		}
	}
	for _, address := range []string{"169.254.169.252", "169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254"} {
		for _, port := range []int32{80, 988} {
			if letsOut(policy, address, corev1.ProtocolTCP, port) {
				m.report("the NetworkPolicy lets the pods ask for keys at %s, port %d", address, port)
			}
		}
	}
}

// letsOut reports whether a rule allows connections to an address that belongs to no pod.
func letsOut(policy *networkingv1.NetworkPolicy, address string, protocol corev1.Protocol, port int32) bool {
	within := func(cidr string) bool { return netip.MustParsePrefix(cidr).Contains(netip.MustParseAddr(address)) }
	return slices.ContainsFunc(policy.Spec.Egress, func(rule networkingv1.NetworkPolicyEgressRule) bool {
		named := len(rule.Ports) == 0 || slices.ContainsFunc(rule.Ports, func(p networkingv1.NetworkPolicyPort) bool {
			return p.Port.IntVal == port && *p.Protocol == protocol
		})
		return named && slices.ContainsFunc(rule.To, func(peer networkingv1.NetworkPolicyPeer) bool {
			return peer.IPBlock != nil && within(peer.IPBlock.CIDR) && !slices.ContainsFunc(peer.IPBlock.Except, within)
		})
	})
}

// checkNamespace has everything in one namespace, which is there and lets restricted pods in only.
func (m *manifests) checkNamespace() {
	namespaces := all[*corev1.Namespace](m)
	if len(namespaces) != 1 {
		m.report("there are %d Namespaces, not 1", len(namespaces))
		return
	}
	if level := namespaces[0].Labels["pod-security.kubernetes.io/enforce"]; level != "restricted" {
		m.report("the Namespace enforces %q, not restricted", level)
	}
	for _, object := range all[metav1.Object](m) {
		if object.GetNamespace() != namespaces[0].Name && object != metav1.Object(namespaces[0]) {
			m.report("%T %s is in the namespace %q, not %q", object, object.GetName(), object.GetNamespace(), namespaces[0].Name)
		}
	}
}

// checkScale looks at what says how many pods there are.
func (m *manifests) checkScale(d *appsv1.Deployment) {
	least := int32(1)
	if d.Spec.Replicas != nil {
		least = *d.Spec.Replicas
	}
	for _, hpa := range all[*autoscalingv2.HorizontalPodAutoscaler](m) {
		if d.Spec.Replicas != nil {
			m.report("the Deployment has replicas, which are the HorizontalPodAutoscaler's to say")
		}
		if target := hpa.Spec.ScaleTargetRef; target.APIVersion != "apps/v1" || target.Kind != "Deployment" || target.Name != d.Name {
			m.report("the HorizontalPodAutoscaler scales %s %s %q, which is not there", target.APIVersion, target.Kind, target.Name)
		}
		if hpa.Spec.MinReplicas == nil || *hpa.Spec.MinReplicas > hpa.Spec.MaxReplicas {
			m.report("the HorizontalPodAutoscaler's minReplicas are above its maxReplicas")
		} else {
			least = *hpa.Spec.MinReplicas
		}
		for _, metric := range hpa.Spec.Metrics {
			if metric.Resource != nil && d.Spec.Template.Spec.Containers[0].Resources.Requests.Name(metric.Resource.Name, "").IsZero() {
				m.report("the HorizontalPodAutoscaler compares with a request of %s, and there is none", metric.Resource.Name)
			}
		}
	}
	for _, budget := range all[*policyv1.PodDisruptionBudget](m) {
		m.checkSelector("the PodDisruptionBudget", budget.Spec.Selector, d)
		if budget.Spec.MaxUnavailable != nil && budget.Spec.MaxUnavailable.IntValue() < 1 ||
			budget.Spec.MinAvailable != nil && budget.Spec.MinAvailable.IntValue() >= int(least) {
			m.report("the PodDisruptionBudget lets no node be emptied while there are %d pods", least)
		}
	}
}

// checkGateways follows routes to both of their ends.
func (m *manifests) checkGateways() {
	routed := map[gatewayv1.SectionName]bool{}
	for _, route := range all[*gatewayv1.HTTPRoute](m) {
		for _, host := range route.Spec.Hostnames {
			m.checkHost(string(host))
		}
		for _, parent := range route.Spec.ParentRefs {
			gateway, ok := named[*gatewayv1.Gateway](m, string(parent.Name))
			if !ok || parent.SectionName == nil || !slices.ContainsFunc(gateway.Spec.Listeners, func(l gatewayv1.Listener) bool { return l.Name == *parent.SectionName }) {
				m.report("the HTTPRoute %s belongs to a listener of %q that is not there", route.Name, parent.Name)
				continue
			}
			routed[*parent.SectionName] = true
		}
		for _, rule := range route.Spec.Rules {
			for _, backend := range rule.BackendRefs {
				if backend.Port == nil || !m.hasServicePort(string(backend.Name), "", int32(*backend.Port)) {
					m.report("the HTTPRoute %s leads to %q, which is no port of a Service", route.Name, backend.Name)
				}
			}
		}
	}
	for _, gateway := range all[*gatewayv1.Gateway](m) {
		for _, listener := range gateway.Spec.Listeners {
			if !routed[listener.Name] {
				m.report("no HTTPRoute belongs to the listener %q", listener.Name)
			}
			if listener.TLS == nil {
				continue
			}
			for _, certificate := range listener.TLS.CertificateRefs {
				m.checkSecret(string(certificate.Name))
			}
		}
	}
}

func (m *manifests) checkIngress(ingress *networkingv1.Ingress) {
	for _, rule := range ingress.Spec.Rules {
		m.checkHost(rule.Host)
		for _, path := range rule.HTTP.Paths {
			if service := path.Backend.Service; !m.hasServicePort(service.Name, service.Port.Name, service.Port.Number) {
				m.report("the Ingress leads to %q, which is no port of a Service", service.Name)
			}
		}
		if !slices.ContainsFunc(ingress.Spec.TLS, func(tls networkingv1.IngressTLS) bool { return slices.Contains(tls.Hosts, rule.Host) }) {
			m.report("the Ingress has no certificate for %q", rule.Host)
		}
	}
	for _, tls := range ingress.Spec.TLS {
		m.checkSecret(tls.SecretName)
	}
}

// hasServicePort takes a port by its name, or else by its number.
func (m *manifests) hasServicePort(service, name string, number int32) bool {
	s, ok := named[*corev1.Service](m, service)
	return ok && slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool {
		return name != "" && p.Name == name || name == "" && p.Port == number
	})
}

// checkHost finds a host name in ALLOWED_HOSTS: the site would answer 400 to all others.
func (m *manifests) checkHost(host string) {
	for _, configMap := range all[*corev1.ConfigMap](m) {
		if slices.Contains(strings.Split(configMap.Data["ALLOWED_HOSTS"], ","), host) {
			return
		}
	}
	m.report("the site does not allow the host %q that leads to it", host)
}
