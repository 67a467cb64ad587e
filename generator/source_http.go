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
	"io/fs"
	"net/http"
	"net/url"
	"time"
)

const maxRedirects = 5

// openHTTP opens the archive at an address, or its copy in the cache.
func openHTTP(ctx context.Context, a address, o sourceOptions) (*source, error) {
	data, err := recallArchive(a, o.offline)
	if err == nil {
		return archiveSource(ctx, a, data)
	} else if o.offline {
		return nil, notCached(a, err)
	}
	if data, err = download(ctx, a, o); err != nil {
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
	if err := remember(a.plainURL(), src.revision, data, a.url.RawQuery); err != nil {
		src.warnings = append(src.warnings, fmt.Sprintf("the template is not in the cache: %v", err))
	}
	return src, nil
}

// recallArchive finds the archive that has a's checksum, or the last one where a has none and nothing can be fetched.
func recallArchive(a address, offline bool) ([]byte, error) {
	if a.sum != "" {
		return recallContent(a.sum)
	}
	if !offline {
		return nil, fs.ErrNotExist
	}
	last, err := recall(a.plainURL(), a.url.RawQuery)
	if err != nil {
		return nil, err
	}
	return recallContent(last.Content)
}

// download fetches what is at a's URL.
func download(ctx context.Context, a address, o sourceOptions) ([]byte, error) {
	patient, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silent := time.AfterFunc(o.silence, func() { cancel(silentError(o.silence)) })
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
	progress := newProgress(o.progress, "downloading "+a.plainURL(), "bytes", 0)
	defer progress.end()
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
	progress.expect(max(response.ContentLength, 0))
	body := readFunc(func(p []byte) (int, error) {
		n, err := response.Body.Read(p)
		silent.Reset(o.silence)
		progress.add(n)
		return n, err
	})
	data, err := io.ReadAll(io.LimitReader(body, o.maxDownload+1))
	if max(int64(len(data)), response.ContentLength) > o.maxDownload {
		return nil, refuse(exitFailed, "", "downloading template %q: %v", a, tooLarge(o.maxDownload))
	} else if err != nil {
		return nil, fail(err)
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

func silentError(d time.Duration) error { return fmt.Errorf("the server has said nothing for %v", d) }

func tooLarge(limit int64) error { return fmt.Errorf("it has more than %d MiB", limit>>20) }

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
