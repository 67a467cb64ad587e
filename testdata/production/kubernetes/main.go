// Command kubernetes tells what is wrong with kustomizations: it builds them as kustomize does, decodes what comes of it as
// strictly as a Kubernetes server, and checks what no decoder sees, namely that names lead somewhere and that numbers fit each other.
//
//	kubernetes [-secrets NAMES] DIR...   prints a line for each problem; exit status 1 if there is one
//	kubernetes -pod DIR                  prints the pod of the Deployment as JSON
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	secrets := flag.String("secrets", "", "Secrets that are not in the kustomization, separated by commas")
	pod := flag.Bool("pod", false, "print the pod of the Deployment")
	flag.Parse()
	status := 0
	for _, dir := range flag.Args() {
		m, err := build(dir)
		if err == nil && *pod {
			err = json.NewEncoder(os.Stdout).Encode(all[*appsv1.Deployment](m)[0].Spec.Template.Spec)
		} else if err == nil {
			m.secrets = strings.Split(*secrets, ",")
			m.check()
		}
		if err != nil {
			m.report("%v", err)
		}
		for _, problem := range m.problems {
			fmt.Printf("%s: %s\n", filepath.Base(dir), problem)
			status = 1
		}
	}
	os.Exit(status)
}

// manifests are what comes of a kustomization, and what is wrong with it.
type manifests struct {
	objects  []runtime.Object
	secrets  []string
	problems []string
}

func (m *manifests) report(format string, args ...any) {
	m.problems = append(m.problems, fmt.Sprintf(format, args...))
}

// build decodes unknown fields, doubled ones and values of a wrong type as errors.
func build(dir string) (*manifests, error) {
	m := &manifests{}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme, gatewayv1.Install,
	} {
		if err := add(scheme); err != nil {
			return m, err
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return m, err
	}
	for _, resource := range built.Resources() {
		yaml, err := resource.AsYAML()
		if err != nil {
			return m, err
		}
		object, _, err := decoder.Decode(yaml, nil, nil)
		if err != nil {
			return m, fmt.Errorf("%s %s: %w", resource.GetKind(), resource.GetName(), err)
		}
		m.objects = append(m.objects, object)
	}
	return m, nil
}

// all are the objects of a type.
func all[T metav1.Object](m *manifests) (found []T) {
	for _, object := range m.objects {
		if o, ok := object.(T); ok {
			found = append(found, o)
		}
	}
	return found
}

// named is the object of a type with this name.
func named[T metav1.Object](m *manifests, name string) (object T, ok bool) {
	for _, o := range all[T](m) {
		if o.GetName() == name {
			return o, true
		}
	}
	return object, false
}
