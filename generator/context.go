// What each template can use beside its own questions' answers. The names are Django's where Django has one.
package generator

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
)

// contextNames are in each template's context; the questions' answers are beside them.
var contextNames = []string{
	"project_name", "camel_case_project_name", "project_directory", "module",
	"secret_key", "go_version", "gostart_version",
}

// goVersion is the go directive of new modules: the oldest Go that is still maintained can build them.
const goVersion = "1.25.0"

// context is what a template sees.
func (a *answers) context(dest, version string) (map[string]any, error) {
	key, err := secretKey()
	if err != nil {
		return nil, err
	}
	data := map[string]any{
		"project_name":            a.name,
		"camel_case_project_name": camelCase(a.name),
		"project_directory":       dest,
		"module":                  a.module,
		"secret_key":              key,
		"go_version":              goVersion,
		"gostart_version":         version,
	}
	for name, value := range a.values {
		data[name] = value
	}
	return data, nil
}

// camelCase is Django's camel_case_value: my_site is MySite.
func camelCase(name string) string {
	var b strings.Builder
	for _, word := range strings.Split(name, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + strings.ToLower(word[1:]))
		}
	}
	return b.String()
}

// secretKey is Django's get_random_secret_key: 50 characters of its alphabet.
func secretKey() (string, error) {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"
	var b strings.Builder
	for range 50 {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			return "", fmt.Errorf("making a secret key: %w", err)
		}
		b.WriteByte(alphabet[n.Int64()])
	}
	return b.String(), nil
}
