//go:build linux

// The add-on "lambda": the program as Lambda would start it, with a stand-in for the runtime API, and events as each
// front sends them (testdata/production/lambda).
package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A runtimeAPI hands events out to a program, over HTTP as Lambda does, and takes its answers.
type runtimeAPI struct {
	*httptest.Server
	events  chan map[string]any
	answers chan lambdaAnswer
	left    time.Duration // of each invocation's time
}

// lambdaPicture is a file that is no text.
const lambdaPicture = "\x89PNG\r\n\x1a\n\x00\xff"

// A lambdaAnswer is what the program posts.
type lambdaAnswer struct {
	path, errorType string

	StatusCode              int
	StatusDescription       string
	Headers                 map[string]string
	MultiValueHeaders       map[string][]string
	Cookies                 []string
	Body                    string
	IsBase64Encoded         bool
	ErrorType, ErrorMessage string
}

func newRuntimeAPI(t *testing.T) *runtimeAPI {
	api := &runtimeAPI{events: make(chan map[string]any), answers: make(chan lambdaAnswer), left: time.Minute}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case event := <-api.events:
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(api.left).UnixMilli(), 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:mysite")
			w.Header().Set("Lambda-Runtime-Trace-Id", "Root=1-65a1b2c3-0123456789abcdef01234567;Sampled=0")
			_ = json.NewEncoder(w).Encode(event)
		case <-r.Context().Done(): // the program has ended
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/", func(w http.ResponseWriter, r *http.Request) {
		answer := lambdaAnswer{path: strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/"), errorType: r.Header.Get("Lambda-Runtime-Function-Error-Type")}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &answer)
		}
		if err != nil {
			t.Errorf("%s: %v", answer.path, err)
		}
		if len(body) > 6<<20 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		api.answers <- answer
	})
	api.Server = httptest.NewServer(mux)
	t.Cleanup(api.Close)
	return api
}

// answer waits for what the program posts next.
func (api *runtimeAPI) answer(t *testing.T) lambdaAnswer {
	t.Helper()
	select {
	case answer := <-api.answers:
		return answer
	case <-time.After(patience):
		t.Fatal("the program has not answered")
		return lambdaAnswer{}
	}
}

// invoke has the program answer an event, for a path in place of its own, or for that if it is "".
func (api *runtimeAPI) invoke(t *testing.T, file, method, path string) lambdaAnswer {
	t.Helper()
	event := lambdaEvent(t, file)
	if path != "" {
		prefix := ""
		if file == "http-api" {
			prefix = "/live"
		}
		for _, key := range []string{"rawPath", "path"} {
			if event[key] != nil {
				event[key] = prefix + path
			}
		}
		if event["httpMethod"] != nil {
			event["httpMethod"] = method
		} else {
			event["requestContext"].(map[string]any)["http"].(map[string]any)["method"] = method
		}
	}
	select {
	case api.events <- event:
	case <-time.After(patience):
		t.Fatal("the program does not ask for an invocation")
	}
	return api.answer(t)
}

func lambdaEvent(t *testing.T, file string) (event map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/production/lambda", file+".json"))
	if err == nil {
		err = json.Unmarshal(text, &event)
	}
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// cookies of an answer, in whichever of the ways there are.
func (a *lambdaAnswer) cookies() []string {
	cookies := append(a.Cookies, a.MultiValueHeaders["Set-Cookie"]...)
	for _, name := range []string{"set-cookie", "Set-cookie", "sEt-cookie"} {
		if cookie, ok := a.Headers[name]; ok {
			cookies = append(cookies, cookie)
		}
	}
	return cookies
}

func (a *lambdaAnswer) header(name string) string {
	return a.Headers[name] + strings.Join(a.MultiValueHeaders[name], ", ")
}

// packLambda follows the page deploy/lambda.md up to the archive, and gives the program in it.
func packLambda(t *testing.T, p *hostedProject) []byte {
	t.Helper()
	needCommands(t, "zip")
	script := regexp.MustCompile(`(?m)(^    .*\n)+`).FindString(p.read(t, "deploy/lambda.md"))
	p.command(t, "bash", "-ec", script)
	archive, err := zip.OpenReader(filepath.Join(p.dir, "bin", "lambda.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close() //nolint:errcheck // it is read
	if len(archive.File) != 1 || archive.File[0].Name != "bootstrap" || archive.File[0].Mode().Perm()&0o111 != 0o111 {
		t.Fatalf("the archive has %+v, want bootstrap, which anybody may run", archive.File)
	}
	file, err := archive.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	program, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// isStatic checks that a program is for a processor, and needs no library.
func isStatic(t *testing.T, program []byte, machine elf.Machine) {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	if libraries, err := file.ImportedLibraries(); file.Machine != machine || err == nil && len(libraries) > 0 {
		t.Errorf("the program is for %v and needs %v (%v)", file.Machine, libraries, err)
	}
}

// hereLambda is the answer to the question for the processor of this machine.
func hereLambda() (answer string, machine elf.Machine) {
	if runtime.GOARCH == "arm64" {
		return "arm64", elf.EM_AARCH64
	}
	return "x86_64", elf.EM_X86_64
}

func TestProductionLambda(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a project")
	}
	architecture, machine := hereLambda()
	p := newHostedProject(t, "lambda architecture="+architecture)
	p.put(t, filepath.Join(p.dir, "mysite/static/picture.bin"), lambdaPicture)
	program := packLambda(t, p)
	isStatic(t, program, machine)
	task := filepath.Join(p.run, "task") // as /var/task on Lambda: nothing but the archive
	if err := os.Mkdir(task, 0o700); err != nil {
		t.Fatal(err)
	}
	bootstrap := filepath.Join(task, "bootstrap")
	if err := os.WriteFile(bootstrap, program, 0o700); err != nil {
		t.Fatal(err)
	}

	api := newRuntimeAPI(t)
	start := func(variables ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd, log := exec.Command(bootstrap), new(bytes.Buffer)
		cmd.Dir, cmd.Stderr = task, log
		cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + api.Listener.Addr().String()}, p.env...)
		cmd.Env = append(cmd.Env, "ALLOWED_HOSTS=example.test,.on.aws,.amazonaws.com")
		cmd.Env = append(cmd.Env, variables...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		return cmd, log
	}

	cmd, log := start()
	t.Run("requests", func(t *testing.T) { testLambdaRequests(t, api) })
	t.Run("answers", func(t *testing.T) { testLambdaAnswers(t, api) })
	t.Run("failures", func(t *testing.T) { testLambdaFailures(t, api) })

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, log)
	}
	if !strings.Contains(log.String(), `"msg":"request"`) || strings.Count(log.String(), `"requestId":"8476a536-e9f4-11e8-9739-2dfe598c3fcd"`) != strings.Count(log.String(), "\n") {
		t.Errorf("the log has lines without the invocation:\n%s", log)
	}

	// What is wrong with the settings is told to Lambda, all of it.
	broken, log := start("SECRET_KEY=", "ALLOWED_HOSTS=")
	answer := api.answer(t)
	if answer.path != "init/error" || answer.errorType == "" || answer.errorType != answer.ErrorType ||
		!strings.Contains(answer.ErrorMessage, "SECRET_KEY is not set") || !strings.Contains(answer.ErrorMessage, "ALLOWED_HOSTS is not set") {
		t.Errorf("%+v", answer)
	}
	if err := broken.Wait(); broken.ProcessState.ExitCode() != 1 || !strings.Contains(log.String(), "lambda: settings module") {
		t.Errorf("a wrong setting: %v\n%s", err, log)
	}

	// Lambda starts another process where one has ended, so that it may end when there is no runtime API.
	gone, log := start("AWS_LAMBDA_RUNTIME_API=" + freeAddress(t))
	if err := gone.Wait(); gone.ProcessState.ExitCode() != 1 || !strings.Contains(log.String(), "lambda: runtime API: ") {
		t.Errorf("without a runtime API: %v\n%s", err, log)
	}
	elsewhere, log := start("AWS_LAMBDA_RUNTIME_API=")
	if err := elsewhere.Wait(); elsewhere.ProcessState.ExitCode() != 2 || !strings.Contains(log.String(), "run mysite serve") {
		t.Errorf("elsewhere: %v\n%s", err, log)
	}
}

// testLambdaRequests has the application tell what it sees of each front's event.
func testLambdaRequests(t *testing.T, api *runtimeAPI) {
	const (
		text   = "some text"
		binary = "\xff\x00\x01\x80"
	)
	for file, want := range map[string]seen{
		"function-url": {
			Path: "/conformance/echo/a%2Fb/%C3%A9%20x", Query: "q=1&q=a%2Fb%20c&empty=", Scheme: "https",
			Host: "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws", SHA256: sha(binary),
		},
		"http-api": { // which loses %2F
			Path: "/conformance/echo/a/b/%C3%A9%20x", Query: "q=1&q=a%2Fb%20c&empty=", Scheme: "https",
			Host: "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", SHA256: sha(text),
		},
		"http-api-1.0": {Path: "/conformance/echo/a/b/%C3%A9%20x", Query: "empty=&q=1&q=a%2Fb+c", Scheme: "https", Host: hostName, SHA256: sha(text)},
		"rest-api": {
			Path: "/conformance/echo/a%2Fb/%C3%A9%20x", Query: "empty=&q=1&q=a%2Fb+c", Scheme: "https",
			Host: "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", SHA256: sha(binary),
		},
		"load-balancer":             {Path: "/conformance/echo/a%2Fb/%C3%A9%20x", Query: "empty=&q=a%2Fb%20c", Scheme: "http", Host: hostName, SHA256: sha(binary)},
		"load-balancer-multi-value": {Path: "/conformance/echo/a%2Fb/%C3%A9%20x", Query: "empty=&q=1&q=a%2Fb%20c", Scheme: "https", Host: hostName, SHA256: sha(text)},
	} {
		want.Method, want.Client = "POST", "192.0.2.7:0"
		answer := api.invoke(t, file, "", "")
		var got seen
		if err := json.Unmarshal([]byte(answer.Body), &got); err != nil || answer.StatusCode != 200 || got != want {
			t.Errorf("%s: %+v (%v)\nwant %+v", file, answer, err, want)
		}
	}
}

// testLambdaAnswers looks at the answers to each front.
func testLambdaAnswers(t *testing.T, api *runtimeAPI) {
	for _, file := range []string{"function-url", "http-api", "http-api-1.0", "rest-api", "load-balancer", "load-balancer-multi-value"} {
		page := api.invoke(t, file, "GET", "/")
		if page.StatusCode != 200 || page.StatusDescription != "200 OK" || page.IsBase64Encoded || !strings.Contains(page.Body, "It works.") ||
			page.header("Content-Type") != "text/html; charset=utf-8" || page.header("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the page: %+v", file, page)
		}
		wantPrefix := `href="/static/style.css"`
		if file == "http-api" || file == "rest-api" { // whose URL has the stage
			wantPrefix = `href="/live/static/style.css"`
		}
		if !strings.Contains(page.Body, wantPrefix) {
			t.Errorf("%s: the page has no %s", file, wantPrefix)
		}
		if cookies := api.invoke(t, file, "GET", "/conformance/cookies"); fmt.Sprint(cookies.cookies()) != fmt.Sprint([]string{
			"c0=v; Path=/; Expires=Mon, 02 Jan 2040 03:04:05 GMT",
			"c1=v; Path=/; Expires=Mon, 02 Jan 2040 03:04:05 GMT",
			"c2=v; Path=/; Expires=Mon, 02 Jan 2040 03:04:05 GMT",
		}) {
			t.Errorf("%s: cookies: %+v", file, cookies)
		}
		if head := api.invoke(t, file, "HEAD", "/"); head.StatusCode != 200 || head.Body != "" || head.header("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: HEAD: %+v", file, head)
		}
		if none := api.invoke(t, file, "GET", "/conformance/status/204"); none.StatusCode != 204 || none.Body != "" {
			t.Errorf("%s: 204: %+v", file, none)
		}
		if binary := api.invoke(t, file, "GET", "/static/picture.bin"); binary.StatusCode != 200 || !binary.IsBase64Encoded {
			t.Errorf("%s: a picture: %d", file, binary.StatusCode)
		} else if content, err := base64.StdEncoding.DecodeString(binary.Body); err != nil || string(content) != lambdaPicture {
			t.Errorf("%s: the picture has changed: %v", file, err)
		}
	}
	if stranger := api.invoke(t, "load-balancer", "GET", "/%zz"); stranger.StatusCode != 400 {
		t.Errorf("a path that can't be: %+v", stranger)
	}
}

// testLambdaFailures has invocations fail, each followed by one that does not.
func testLambdaFailures(t *testing.T, api *runtimeAPI) {
	for _, test := range []struct{ file, path, want string }{
		{"function-url", "/conformance/panic/after", "abort"},
		{"function-url", "/conformance/download", "larger than 6 MB"},
		{"schedule", "", "no HTTP request"},
	} {
		answer := api.invoke(t, test.file, "GET", test.path)
		if answer.path != "invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error" || answer.errorType == "" || !strings.Contains(answer.ErrorMessage, test.want) {
			t.Errorf("%s %s: %+v, want an error with %q", test.file, test.path, answer, test.want)
		}
		if next := api.invoke(t, "function-url", "GET", "/healthz"); next.StatusCode != 200 || next.Body != "ok\n" {
			t.Errorf("after %s %s: %+v", test.file, test.path, next)
		}
	}
	if panicked := api.invoke(t, "function-url", "GET", "/conformance/panic"); panicked.StatusCode != 500 || !strings.Contains(panicked.Body, "Something went wrong") {
		t.Errorf("a panic before the first byte: %+v", panicked)
	}
	api.left = 100 * time.Millisecond // which is what is kept for the answer
	if late := api.invoke(t, "function-url", "GET", "/conformance/wait"); late.StatusCode != 200 || late.Body != "first\n" {
		t.Errorf("a view whose time is up: %+v", late)
	}
}

// TestProductionLambdaArm64 packs for the other processor.
func TestProductionLambdaArm64(t *testing.T) {
	if os.Getenv("GOSTART_LONG") == "" {
		t.Skip("compiles the standard library for another processor; GOSTART_LONG=1 runs it")
	}
	p := newHostedProject(t, "lambda")
	isStatic(t, packLambda(t, p), elf.EM_AARCH64)
}
