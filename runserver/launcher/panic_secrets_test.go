package main

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestSecretValues(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"TEST", "TEST", "TEST"}, // test_cleanse_setting_basic
		{"PASSWORD", "super_secret", asterisks},
		{"password", "super_secret", asterisks}, // test_cleanse_setting_ignore_case
		{"X-Csrf-Token", "x", asterisks}, {"MySignature", "x", asterisks}, {"passé", "x", asterisks}, {"Api", "", asterisks},
		{"Referer", "http://localhost/?token=x&a=1", "http://localhost/?token=" + asterisks + "&a=1"},
		{"DSN", "host=db password='a b' user=me", "host=db password=" + asterisks + " user=me"},
		{"DSN", "postgres://me:p%40ss@db/x?sslmode=off", "postgres://me:" + asterisks + "@db/x?sslmode=off"},
		{"DSN", "redis://:hunter2@h1:6379", "redis://:" + asterisks + "@h1:6379"},
		{"DSN", "postgres://u:it's@h/db", "postgres://u:" + asterisks + "@h/db"},
		{"DSN", "postgres://o'brien:x@h/db", "postgres://o'brien:" + asterisks + "@h/db"},
		{"DSN", "me:x@tcp(db)/x", "me:" + asterisks + "@tcp(db)/x"},
		{"DSN", "me:p@s's/:@tcp(db:3306)/x", "me:" + asterisks + "@tcp(db:3306)/x"},
		{"Email", "http://localhost:8000/x?email=a@b.example", "http://localhost:8000/x?email=a@b.example"},
	} {
		if got := cleanse(test.name, test.value); got != test.want {
			t.Errorf("%s=%s: %s, want %s", test.name, test.value, got, test.want)
		}
	}
	// test_too_large_values_handling
	if got := cleanse("TEST", strings.Repeat("é", 5000)); got != strings.Repeat("é", 4096)+"… <trimmed 10000 bytes string>" {
		t.Errorf("trimmed to %d bytes: ...%s", len(got), got[len(got)-40:])
	}
	if got := cleanse("TEST", strings.Repeat("é", 4096)); len(got) != 8192 {
		t.Errorf("4096 characters became %d bytes", len(got))
	}
	// test_non_utf8_values_handling, test_unprintable_values_handling
	if got := visible("\xe9\x00\x1b\u202ea\tb\n"); got != `\xe9\x00\x1b\u202ea`+"\tb\n" {
		t.Errorf("%q", got)
	}
	for uri, want := range map[string]string{"/a": "/a", "/a?": "/a?", "/a?b=1&%74oken=x&c": "/a?b=1&%74oken=" + asterisks + "&c", "/a?%zz=x": "/a?%zz=" + asterisks} {
		if got := hideQuery(uri); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
	}
}

// test_cleanse_setting_recurses_in_dictionary, ..._with_non_string_key, ..._in_list_tuples
func TestSecretsInValues(t *testing.T) {
	type inner struct {
		Name, APIKey string
		secret       string
	}
	cycle := map[string]any{"a": 1}
	cycle["self"] = cycle
	var none *inner
	for _, test := range []struct {
		value any
		want  string
	}{
		{map[string]string{"login": "cooper", "password": "secret"}, `{"login": "cooper", "password": ` + asterisks + `}`},
		{map[any]any{"login": "cooper", 42: "answer"}, `{"login": "cooper", 42: "answer"}`},
		{[]any{"foo", map[string]string{"password": "x"}, []map[string]int{{"key": 1}}}, `["foo", {"password": ` + asterisks + `}, [{"key": ` + asterisks + `}]]`},
		{&inner{"n", "k", "s"}, `{Name: "n", APIKey: ` + asterisks + `}`},
		{[]*inner{nil, {Name: "x"}}, `[nil, {Name: "x", APIKey: ` + asterisks + `}]`},
		{none, "nil"}, {[]byte("secret"), "6 bytes"}, {true, "true"}, {2.5, "2.5"}, {errors.New("e"), "e"}, {func() {}, "func()"},
		{discreet("x"), "discreetly"}, {make([]int, 102), "[" + strings.Repeat("0, ", 99) + "0, and 2 more]"},
		{"token=x", `"token=` + asterisks + `"`},
	} {
		if got := cleanseValue("X", reflect.ValueOf(test.value)); got != test.want {
			t.Errorf("%v: %s, want %s", test.value, got, test.want)
		}
	}
	if got := cleanseValue("X", reflect.ValueOf(cycle)); !strings.Contains(got, "…") {
		t.Errorf("a map in itself: %s", got)
	}
	if got := settingsFacts(struct{ SecretKey, A string }{"x", "y"}); len(got) != 2 || got[0].Value != asterisks || got[1].Value != `"y"` {
		t.Errorf("%v", got)
	}
	if settingsFacts(nil) != nil || settingsFacts("x") != nil {
		t.Error("what is no struct has fields")
	}
}
