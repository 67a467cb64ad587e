package runserver

// What a page's Content-Security-Policy lets live reload do. It is never
// weakened: what works here works the same elsewhere. A policy that only reports
// counts as well, so that there is nothing to report.

import (
	"net/http"
	"slices"
	"strings"
)

// permission is what the script tag may do.
type permission struct {
	script bool   // be there
	nonce  string // with this nonce, if not empty
	worker bool   // share the event stream with other pages through a worker
}

// permitted reads the policies of an answer; all of them have to agree. A policy
// in a meta element is not seen.
func permitted(header http.Header) permission {
	allowed := permission{script: true, worker: true}
	connect := true
	var nonces []string // that all policies without 'self' have; nil before the first
	for _, p := range policies(header) {
		scripts, limited := p.sources("script-src-elem", "script-src", "default-src")
		if limited && !allowsSelf(scripts) {
			allowed.script = false // without a nonce
			own := noncesOf(scripts)
			if nonces == nil {
				nonces = own
			} else {
				nonces = slices.DeleteFunc(nonces, func(n string) bool { return !slices.Contains(own, n) })
			}
			if len(nonces) == 0 {
				return permission{}
			}
		}
		if workers, limited := p.sources("worker-src", "child-src", "script-src", "default-src"); limited && !allowsSelf(workers) {
			allowed.worker = false
		}
		if _, demanded := p["require-trusted-types-for"]; demanded {
			allowed.worker = false // its address would have to be trusted
		}
		if connections, limited := p.sources("connect-src", "default-src"); limited && !allowsSelf(connections) {
			connect = false
		}
		if sandbox, is := p["sandbox"]; is && (!slices.Contains(sandbox, "allow-scripts") || !slices.Contains(sandbox, "allow-same-origin")) {
			return permission{}
		}
	}
	if !connect && !allowed.worker {
		return permission{}
	}
	if !allowed.script {
		allowed.script, allowed.nonce = true, nonces[0]
	}
	return allowed
}

// policy is one Content-Security-Policy: what each directive lists.
type policy map[string][]string

func policies(header http.Header) []policy {
	var all []policy
	for _, name := range []string{"Content-Security-Policy", "Content-Security-Policy-Report-Only"} {
		for text := range strings.SplitSeq(strings.Join(header[name], ","), ",") {
			p := policy{}
			for directive := range strings.SplitSeq(text, ";") {
				words := strings.Fields(directive)
				if len(words) == 0 {
					continue
				}
				name := strings.ToLower(words[0])
				if _, has := p[name]; !has { // the first counts
					p[name] = words[1:]
				}
			}
			all = append(all, p)
		}
	}
	return all
}

// sources are those of the first of the directives that the policy has.
func (p policy) sources(directives ...string) (list []string, limited bool) {
	for _, name := range directives {
		if list, limited = p[name]; limited {
			return list, true
		}
	}
	return nil, false
}

// allowsSelf tells whether what comes from the page's own site is allowed. With
// 'strict-dynamic', addresses don't count.
func allowsSelf(sources []string) bool {
	has := func(source string) bool {
		return slices.ContainsFunc(sources, func(s string) bool { return strings.EqualFold(s, source) })
	}
	return (has("'self'") || has("*")) && !has("'strict-dynamic'")
}

func noncesOf(sources []string) []string {
	var nonces []string
	for _, source := range sources {
		prefix, end := len("'nonce-"), len(source)-1
		if end > prefix && strings.EqualFold(source[:prefix], "'nonce-") && source[end] == '\'' {
			nonces = append(nonces, source[prefix:end])
		}
	}
	return nonces
}
