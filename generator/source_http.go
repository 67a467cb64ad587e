// A template in an archive at an http address.
//
// The one that is asked for by its checksum is the same for ever: once it is in the cache, nothing is fetched.
// Without a checksum it is fetched each time, and the warning tells the checksum. Servers are not trusted:
// what they say about name, type and length of the answer counts for nothing, it ends at a limit, a
// server that falls silent is left, and none is followed from https to http.
package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const maxRedirects = 5

// silence is how long a server may say nothing.
var silence = 30 * time.Second

// openHTTP opens the archive at an address, or its copy in the cache.
func openHTTP(ctx context.Context, a address, o sourceOptions) (*source, error) {
	if data, err := recallContent(a.sum); err == nil && a.sum != "" {
		return archiveSource(ctx, a, data)
	} else if o.offline && a.sum != "" {
		return nil, notCached(a, err)
	}
	key := a.plainURL()
	if o.offline {
		last, err := recall(key, a.url.RawQuery)
		if err != nil {
			return nil, notCached(a, err)
		}
		data, err := recallContent(last.Content)
		if err != nil {
			return nil, notCached(a, err)
		}
		return archiveSource(ctx, a, data)
	}
	data, err := download(ctx, a, o)
	if err != nil {
		return nil, err
	}
	src, err := archiveSource(ctx, a, data)
	if err != nil {
		return nil, err
	}
	if a.sum == "" {
		a.sum = src.revision[len("sha256:"):]
		src.warnings = append(src.warnings, fmt.Sprintf("the template came without a checksum; --template %s makes sure that the next one is the same", quoteWord(a.String())))
	}
	if err := remember(key, src.revision, data, a.url.RawQuery); err != nil {
		src.warnings = append(src.warnings, fmt.Sprintf("the template is not in the cache: %v", err))
	}
	return src, nil
}

// download fetches what is at a's URL.
func download(ctx context.Context, a address, o sourceOptions) ([]byte, error) {
	patient, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silent := time.AfterFunc(silence, func() { cancel(fmt.Errorf("the server has said nothing for %v", silence)) })
	defer silent.Stop()
	fail := func(err error) error {
		if ctx.Err() != nil {
			return errInterrupted
		}
		return refuse(exitFailed, "", "downloading template %q: %v", a, downloadCause(cmp.Or(context.Cause(patient), err)))
	}
	request, err := http.NewRequestWithContext(patient, http.MethodGet, a.url.String(), nil)
	if err != nil {
		return nil, fail(err)
	}
	request.Header.Set("User-Agent", "gostart/"+o.version)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // the bytes of the archive, whatever is in them
	transport.DisableKeepAlives = true
	client := &http.Client{Transport: transport, CheckRedirect: checkRedirect}
	response, err := client.Do(request)
	if err != nil {
		return nil, fail(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		hint := ""
		if response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden {
			hint = "https://USER:PASSWORD@HOST/... gives a password, which is shown and recorded nowhere"
		}
		return nil, refuse(exitFailed, hint, "downloading template %q: the server answers %q", a, response.Status)
	}
	progress := newProgress(o.progress, "downloading "+a.plainURL(), "bytes", max(response.ContentLength, 0))
	defer progress.end()
	data, err := io.ReadAll(io.LimitReader(readFunc(func(p []byte) (int, error) {
		n, err := response.Body.Read(p)
		silent.Reset(silence)
		progress.add(n)
		return n, err
	}), maxDownload+1))
	if err != nil {
		return nil, fail(err)
	}
	if len(data) > maxDownload {
		return nil, refuse(exitFailed, "", "downloading template %q: it has more than %d MiB", a, maxDownload>>20)
	}
	return data, nil
}

// downloadCause is err without the address: an url.Error has it whole.
func downloadCause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the connection ended before the archive did")
	}
	return err
}

func checkRedirect(request *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("the server sends elsewhere more than %d times", maxRedirects)
	case request.URL.Scheme != "https" && request.URL.Scheme != via[len(via)-1].URL.Scheme:
		return fmt.Errorf("the server sends to an address of %s, which is not as safe", request.URL.Scheme)
	}
	return nil
}

type readFunc func([]byte) (int, error)

func (read readFunc) Read(p []byte) (int, error) { return read(p) }
