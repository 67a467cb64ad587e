//go:build linux

// The add-on kubernetes: what kustomize makes of it, decoded by Kubernetes' own types and checked by the program in
// testdata/production/kubernetes, a module of its own so that nobody else has to download these types; and a rolling
// update of real processes with the arguments of the manifest.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const kustomizations = "deploy/kubernetes"

// A manifestChecker is the program that tells what is wrong with manifests.
type manifestChecker string

func newManifestChecker(t *testing.T) manifestChecker {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles Kubernetes' types")
	}
	return manifestChecker(buildTool(t, "testdata/production/kubernetes"))
}

// buildTool builds a program that is a module of its own.
func buildTool(t *testing.T, dir string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "tool")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil && bytes.Contains(out, []byte("dial tcp")) && os.Getenv("CI") == "" {
		t.Skipf("no module proxy: %s", out)
	} else if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return program
}

// problems are those of both overlays of a project. The Secrets are those that the page makes.
func (c manifestChecker) problems(t *testing.T, dir, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), string(c), "-secrets", name+","+name+"-tls",
		filepath.Join(dir, kustomizations, "development"), filepath.Join(dir, kustomizations, "production")).CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) || (err == nil) != (len(out) == 0) {
		t.Fatalf("%v:\n%s", err, out)
	}
	return string(out)
}

func TestProductionKubernetes(t *testing.T) {
	t.Parallel()
	checker := newManifestChecker(t)
	for _, project := range []struct{ project, name, expose, migrate string }{
		{"mysite", "mysite", "gateway", "no"},
		{"My_site_", "my-site", "ingress", "yes"},
	} {
		dir := generate(t, project.project, "--with", "kubernetes", "--set", "expose="+project.expose, "--set", "migrate="+project.migrate)
		if problems := checker.problems(t, dir, project.name); problems != "" {
			t.Errorf("%s:\n%s", project.project, problems)
		}
		page, err := os.ReadFile(filepath.Join(dir, "deploy/kubernetes.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"generic " + project.name + " ", "tls " + project.name + "-tls "} {
			if !strings.Contains(string(page), "kubectl --namespace "+project.name+" create secret "+secret) {
				t.Errorf("the page makes no Secret: %s", secret)
			}
		}
	}
	t.Run("mutations", func(t *testing.T) { testMutations(t, checker) })
	t.Run("rollout", func(t *testing.T) { testRollout(t, checker) })
}

// manifestMutations break what the checker has to notice: in a file, each old becomes new.
var manifestMutations = []struct{ file, old, new, want string }{
	{"base/deployment.yaml", "enableServiceLinks", "enableServiceLink", `unknown field "spec.template.spec.enableServiceLink"`},
	{"base/deployment.yaml", "containerPort: 8080", "containerPort: http", "containerPort"},
	{"base/deployment.yaml", "enableServiceLinks: false", "enableServiceLinks: true", "variables to the program's"},
	{"base/deployment.yaml", "      automountServiceAccountToken: false\n", "", "a token for the cluster"},
	{"base/deployment.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "not restricted"},
	{"base/deployment.yaml", "drop: [ALL]", "drop: [NET_RAW]", "not restricted"},
	{"base/deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "can be written to"},
	{"base/deployment.yaml", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 35", "over before the program has finished"},
	{"base/deployment.yaml", "--shutdown-delay=5s", "--shutdown-delay=15s", "over before the program has finished"},
	{"base/deployment.yaml", ", --shutdown-delay=5s", "", "before every node knows"},
	{"base/deployment.yaml", "--bind=:8080", "--bind=:8081", "the readinessProbe asks on the port"},
	{"base/deployment.yaml", "path: /readyz", "path: /healthz", "asks for /healthz, not /readyz"},
	{"base/deployment.yaml", "livenessProbe:", "lifecycle:", "unknown field"},
	{"base/deployment.yaml", "memory: 256Mi", "memory: 200Mi", "GOMEMLIMIT is 115%"},
	{"base/deployment.yaml", "value: 230MiB", "value: 128MiB", "GOMEMLIMIT is 50%"},
	{"base/deployment.yaml", "sizeLimit: 16Mi", "sizeLimit: 32Mi", "more than the limit of memory"},
	{"base/deployment.yaml", "            sizeLimit: 16Mi\n", "", "may grow without a limit"},
	{"base/deployment.yaml", "maxUnavailable: 0", "maxUnavailable: 1", "before the next is ready"},
	{"base/deployment.yaml", "- name: tmp # ", "- name: temporary # ", `no volume "tmp"`},
	{"base/deployment.yaml", "serviceAccountName: mysite", "serviceAccountName: default", `no ServiceAccount "default"`},
	{"base/deployment.yaml", "configMapRef:\n                name: mysite", "configMapRef:\n                name: site", `no ConfigMap "site"`},
	{"base/deployment.yaml", "secretRef:\n                name: mysite", "secretRef:\n                name: site", `no Secret "site"`},
	{"base/deployment.yaml", "    spec:\n      serviceAccountName", "    spec:\n      replicas: 2\n      serviceAccountName", `unknown field "spec.template.spec.replicas"`},
	{"base/deployment.yaml", "\n  selector:", "\n  replicas: 2\n  selector:", "the HorizontalPodAutoscaler's to say"},
	{"base/deployment.yaml", "cpu: 100m", "ephemeral-storage: 1Mi", "compares with a request of cpu"},
	{"base/deployment.yaml", "          labelSelector:\n            matchLabels:\n              app.kubernetes.io/name: mysite", "          labelSelector:\n            matchLabels:\n              app.kubernetes.io/name: site", "topologySpreadConstraints selects other pods"},
	{"base/service.yaml", "app.kubernetes.io/name: mysite", "app: mysite", "the Service selects other pods"},
	{"base/service.yaml", "targetPort: http", "targetPort: https", `the Service leads to the port "https"`},
	{"base/networkpolicy.yaml", "port: http", "port: web", `the NetworkPolicy allows the port "web"`},
	{"base/networkpolicy.yaml", "app.kubernetes.io/name: mysite", "app: mysite", "the NetworkPolicy selects other pods"},
	{"base/networkpolicy.yaml", "protocol: UDP", "protocol: SCTP", "from DNS at 169.254.20.10 by UDP"},
	{"base/networkpolicy.yaml", "protocol: TCP", "protocol: SCTP", "from DNS at 169.254.20.10 by TCP"},
	{"base/networkpolicy.yaml", "except: [169.254.0.0/16]", "except: []", "ask for keys at 169.254.169.254, port 80"},
	{"base/networkpolicy.yaml", "\"fd00:ec2::254/128\"", "\"fd00:ec2::253/128\"", "ask for keys at fd00:ec2::254"},
	{"base/namespace.yaml", "enforce: restricted", "enforce: baseline", `enforces "baseline"`},
	{"base/kustomization.yaml", "  - networkpolicy.yaml\n", "", "there is no NetworkPolicy"},
	{"production/kustomization.yaml", "newTag: \"1.0.0\"", "newTag: latest", "has no version"},
	{"production/kustomization.yaml", "namespace: mysite\n", "", `is in the namespace ""`},
	{"production/kustomization.yaml", "ALLOWED_HOSTS=example.com", "ALLOWED_HOSTS=www.example.com", `does not allow the host "example.com"`},
	{"production/horizontalpodautoscaler.yaml", "minReplicas: 2", "minReplicas: 20", "above its maxReplicas"},
	{"production/horizontalpodautoscaler.yaml", "    name: mysite\n  min", "    name: site\n  min", `scales apps/v1 Deployment "site"`},
	{"production/poddisruptionbudget.yaml", "maxUnavailable: 1", "minAvailable: 2", "lets no node be emptied"},
	{"production/poddisruptionbudget.yaml", "app.kubernetes.io/name: mysite", "app: mysite", "the PodDisruptionBudget selects other pods"},
	{"production/gateway.yaml", "sectionName: https", "sectionName: tls", "a listener of \"mysite\" that is not there"},
	{"production/gateway.yaml", "sectionName: http\n", "sectionName: https\n", `no HTTPRoute belongs to the listener "http"`},
	{"production/gateway.yaml", "port: 80\n---", "port: 8080\n---", "no port of a Service"},
	{"production/gateway.yaml", "name: mysite-tls", "name: certificate", `no Secret "certificate"`},
	{"production/gateway.yaml", "statusCode: 301", `statusCode: "301"`, "statusCode"},
}

// testMutations has the checker notice each of them: a check that can't fail would be none.
func testMutations(t *testing.T, checker manifestChecker) {
	dir := generate(t, "mysite", "--with", "kubernetes")
	for _, m := range manifestMutations {
		file := filepath.Join(dir, kustomizations, m.file)
		right, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wrong := strings.ReplaceAll(string(right), m.old, m.new)
		if wrong == string(right) {
			t.Errorf("%s has no %q", m.file, m.old)
		}
		if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if problems := checker.problems(t, dir, "mysite"); problems == "" || !strings.Contains(problems, m.want) {
			t.Errorf("%s with %q in place of %q: want %q in\n%s", m.file, m.new, m.old, m.want, problems)
		}
		if err := os.WriteFile(file, right, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// testRollout replaces the pod of a Service by another while clients are busy, in the order in which Kubernetes does it and
// with the arguments of the manifest: no request fails. Without --shutdown-delay, some do.
func testRollout(t *testing.T, checker manifestChecker) {
	p := newHostedProject(t, "kubernetes")
	cmd := exec.CommandContext(t.Context(), string(checker), "-pod", filepath.Join(p.dir, kustomizations, "production"))
	spec, err := cmd.Output()
	var pod struct{ Containers []struct{ Args []string } }
	if err := errors.Join(err, json.Unmarshal(spec, &pod)); err != nil {
		t.Fatal(err)
	}
	s := newLoadBalancer(t)
	first := p.startPod(t, pod.Containers[0].Args)
	s.add(first.address)
	restarts := 1
	if os.Getenv("GOSTART_LONG") != "" {
		restarts = 5
	}
	requests, _ := restartUnderLoad(t, address{url: "http://" + s.Addr().String()}, 50, restarts, func() {
		var failed int
		if first, failed = p.replacePod(t, s, first, pod.Containers[0].Args); failed > 0 {
			t.Errorf("%d new connections failed while the old pod went", failed)
		}
	})
	t.Logf("%d requests", requests)

	hasty := p.startPod(t, pod.Containers[0].Args[:1])
	s.add(hasty.address)
	s.remove(first.address)
	if _, failed := p.replacePod(t, s, hasty, pod.Containers[0].Args); failed == 0 {
		t.Error("without --shutdown-delay nothing fails: this test proves nothing")
	}
}

// A rolledPod is a process with the arguments of a container, but for its address.
type rolledPod struct {
	address string
	cmd     *exec.Cmd
	ended   chan error
}

func (p *hostedProject) startPod(t *testing.T, args []string) rolledPod {
	t.Helper()
	pod := rolledPod{address: freeAddress(t)}
	pod.cmd = exec.Command(p.binary, append([]string{"--bind=" + pod.address}, args[1:]...)...)
	pod.cmd.Dir, pod.cmd.Env = p.dir, p.env
	pod.ended = runServer(t, pod.cmd)
	t.Cleanup(func() { _ = pod.cmd.Process.Kill() }) // it would take its --shutdown-delay
	pod.waitFor(t, "ready", func(status int) bool { return status == http.StatusOK })
	return pod
}

// waitFor asks again and again whether the pod is ready, as a kubelet does. A status of 0 stands for no answer.
func (pod rolledPod) waitFor(t *testing.T, what string, good func(status int) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	probe := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		status := 0
		if response, err := probe.Get("http://" + pod.address + "/readyz"); err == nil {
			_ = response.Body.Close()
			status = response.StatusCode
		}
		if good(status) {
			tick.Stop()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the pod at %s is never %s", pod.address, what)
		}
	}
}

// visits are the connections that are made while an old pod has been told to stop, and not every node knows; as many
// as there is time for before its --shutdown-delay is over.
const (
	visits    = 50
	visitTime = 3 * time.Second
)

// replacePod is a rolling update with maxSurge 1 and maxUnavailable 0. It gives the new pod, and how many of the visits failed.
func (p *hostedProject) replacePod(t *testing.T, s *loadBalancer, old rolledPod, args []string) (next rolledPod, failed int) {
	t.Helper()
	next = p.startPod(t, args)
	s.add(next.address)
	told := time.Now()
	if err := old.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	old.waitFor(t, "told to stop", func(status int) bool { return status != http.StatusOK })
	visitor := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for i := 0; i < visits && time.Since(told) < visitTime; i++ {
		response, err := visitor.Post("http://"+s.Addr().String()+"/healthz?"+fmt.Sprint(i), "text/plain", bytes.NewReader([]byte("x")))
		if err != nil {
			failed++
			continue
		}
		_ = response.Body.Close()
	}
	s.remove(old.address)
	err := <-old.ended
	old.ended <- err
	if err != nil {
		t.Errorf("the old pod ended with %v", err)
	}
	return next, failed
}
