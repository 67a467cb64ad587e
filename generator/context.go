// What each template can use beside its own questions' answers. The names are Django's where Django has one.
package generator

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
)

// contextNames are in each template's context; the questions' answers are beside them.
var contextNames = []string{
	"project_name", "camel_case_project_name", "project_directory", "module",
	secretKeyName, "go_version", "gostart_version",
}

// appContextNames are beside them in an app's.
var appContextNames = []string{"app_name", "camel_case_app_name", "app_import_path"}

// goVersion is the go directive of new modules: the oldest Go that is still maintained can build them.
const goVersion = "1.25.0"

// secretKeyName is a variable that is another one each time, and for private files only.
const secretKeyName = "secret_key"

// names is what conditions and defaults see: no secret, and nothing that depends on the place.
func (a *answers) names(gostart string) map[string]any {
	data := map[string]any{
		"project_name":            a.name,
		"camel_case_project_name": camelCase(a.name),
		"module":                  a.module,
		"go_version":              cmp.Or(a.goVersion, goVersion),
		"gostart_version":         gostart,
	}
	if a.app != "" {
		data["app_name"], data["camel_case_app_name"], data["app_import_path"] = a.app, camelCase(a.app), a.appPath
	}
	for name, value := range a.values {
		if !a.secret[name] {
			data[name] = value
		}
	}
	return data
}

// withSecrets adds what only private files see.
func (a *answers) withSecrets(data map[string]any) map[string]any {
	for name, value := range a.values {
		data[name] = value
	}
	data[secretKeyName] = a.secretKey
	return data
}

// context is what a template's files see; render takes the secrets out for those that are not private.
func (a *answers) context(dest, gostart string) map[string]any {
	data := a.withSecrets(a.names(gostart))
	data["project_directory"] = dest
	return data
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
