package main

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// finishing is how long the program itself takes at most to finish requests, after --shutdown-delay.
const finishing = 30 * time.Second

// checkPod looks at the pods of a Deployment, which have one container.
func (m *manifests) checkPod(d *appsv1.Deployment) {
	pod, container := d.Spec.Template.Spec, d.Spec.Template.Spec.Containers[0]
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		m.report("%v", err)
		return
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	if result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &d.Spec.Template.ObjectMeta, &pod)); !result.Allowed {
		m.report("the pod is not restricted: %s", result.ForbiddenDetail())
	}
	for _, c := range append(pod.InitContainers, container) {
		if c.SecurityContext == nil || c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
			m.report("the root of the container %s can be written to", c.Name)
		}
		m.checkReferences(pod, c)
	}
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		m.report("the pod gets a token for the cluster")
	}
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
		m.report("each Service of the namespace adds variables to the program's")
	}
	if _, tag, ok := strings.Cut(container.Image[strings.LastIndex(container.Image, "/")+1:], ":"); !ok || tag == "latest" {
		m.report("the image %q has no version", container.Image)
	}
	for _, constraint := range pod.TopologySpreadConstraints {
		m.checkSelector("topologySpreadConstraints", constraint.LabelSelector, d)
	}
	m.checkProbes(container)
	m.checkDrain(pod, container)
	m.checkMemory(pod, container)
}

func (m *manifests) checkSelector(what string, selector *metav1.LabelSelector, d *appsv1.Deployment) {
	s, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil || s.Empty() || !s.Matches(labels.Set(d.Spec.Template.Labels)) {
		m.report("%s selects other pods than the Deployment's: %q, %v", what, s, err)
	}
}

func (m *manifests) checkReferences(pod corev1.PodSpec, container corev1.Container) {
	if _, ok := named[*corev1.ServiceAccount](m, pod.ServiceAccountName); !ok {
		m.report("there is no ServiceAccount %q", pod.ServiceAccountName)
	}
	configMap := func(name string) {
		if _, ok := named[*corev1.ConfigMap](m, name); !ok {
			m.report("there is no ConfigMap %q", name)
		}
	}
	for _, from := range container.EnvFrom {
		if from.ConfigMapRef != nil {
			configMap(from.ConfigMapRef.Name)
		}
		if from.SecretRef != nil {
			m.checkSecret(from.SecretRef.Name)
		}
	}
	for _, env := range container.Env {
		if env.ValueFrom != nil && env.ValueFrom.ConfigMapKeyRef != nil {
			configMap(env.ValueFrom.ConfigMapKeyRef.Name)
		}
		if env.ValueFrom != nil && env.ValueFrom.SecretKeyRef != nil {
			m.checkSecret(env.ValueFrom.SecretKeyRef.Name)
		}
	}
	for _, mount := range container.VolumeMounts {
		if !slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name }) {
			m.report("there is no volume %q", mount.Name)
		}
	}
}

func (m *manifests) checkSecret(name string) {
	if _, ok := named[*corev1.Secret](m, name); !ok && !slices.Contains(m.secrets, name) {
		m.report("there is no Secret %q", name)
	}
}

func (m *manifests) checkProbes(container corev1.Container) {
	for _, probe := range []struct {
		name, path string
		probe      *corev1.Probe
	}{
		{"startupProbe", "/healthz", container.StartupProbe},
		{"livenessProbe", "/healthz", container.LivenessProbe},
		{"readinessProbe", "/readyz", container.ReadinessProbe},
	} {
		if probe.probe == nil || probe.probe.HTTPGet == nil {
			m.report("there is no %s", probe.name)
		} else if get := probe.probe.HTTPGet; get.Path != probe.path {
			m.report("the %s asks for %s, not %s", probe.name, get.Path, probe.path)
		} else if !hasPort(container, get.Port.StrVal) {
			m.report("the %s asks on the port %q, which the container does not have", probe.name, get.Port.String())
		}
	}
}

func hasPort(container corev1.Container, name string) bool {
	return slices.ContainsFunc(container.Ports, func(p corev1.ContainerPort) bool {
		return p.Name == name && slices.Contains(container.Args, "--bind=:"+strconv.Itoa(int(p.ContainerPort)))
	})
}

// checkDrain compares what the program takes to stop with what it is given.
func (m *manifests) checkDrain(pod corev1.PodSpec, container corev1.Container) {
	var delay time.Duration
	for _, arg := range container.Args {
		if value, ok := strings.CutPrefix(arg, "--shutdown-delay="); ok {
			var err error
			if delay, err = time.ParseDuration(value); err != nil {
				m.report("%v", err)
			}
		}
	}
	if delay < time.Second {
		m.report("--shutdown-delay is %v: connections are refused before every node knows", delay)
	}
	if grace := pod.TerminationGracePeriodSeconds; grace == nil || time.Duration(*grace)*time.Second <= delay+finishing {
		m.report("terminationGracePeriodSeconds is over before the program has finished, after %v", delay+finishing)
	}
}

// checkMemory has GOMEMLIMIT at 90 percent of the limit, and files in memory fit into the rest.
func (m *manifests) checkMemory(pod corev1.PodSpec, container corev1.Container) {
	limit := float64(container.Resources.Limits.Memory().Value())
	soft := 0.0
	for _, env := range container.Env {
		if number, ok := strings.CutSuffix(env.Value, "MiB"); ok && env.Name == "GOMEMLIMIT" {
			n, err := strconv.Atoi(number)
			if err != nil {
				m.report("%v", err)
			}
			soft = float64(n) * (1 << 20)
		}
	}
	if limit == 0 || math.Abs(soft/limit-0.9) > 0.01 {
		m.report("GOMEMLIMIT is %.0f%% of the limit of memory, not 90%%", 100*soft/max(limit, 1))
	}
	files := 0.0
	for _, volume := range pod.Volumes {
		if dir := volume.EmptyDir; dir != nil && dir.SizeLimit == nil {
			m.report("the volume %q may grow without a limit", volume.Name)
		} else if dir != nil && dir.Medium == corev1.StorageMediumMemory {
			files += float64(dir.SizeLimit.Value())
		}
	}
	if soft+files > limit {
		m.report("GOMEMLIMIT and the files in memory are more than the limit of memory")
	}
}
