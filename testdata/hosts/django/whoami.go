// A view of the new site that knows who has logged in to the old one.
package mysite

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"mysite/internal/django"
)

func (s *site) whoami(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("sessionid")
	if err != nil {
		http.Error(w, "nobody", http.StatusUnauthorized)
		return
	}
	data, err := os.ReadFile(filepath.Join(os.Getenv("DJANGO_DIR"), "sessionid"+filepath.Base(cookie.Value)))
	if err != nil {
		http.Error(w, "nobody", http.StatusUnauthorized)
		return
	}
	key := string(s.settings.SecretKey)
	session, err := django.ReadSession(string(data), key, django.StoredSession, time.Hour)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	encoded := os.Getenv("DJANGO_PASSWORD") // the user's, as the database has it
	right, err := django.CheckPassword("correct horse", encoded)
	id, ok := session.UserID()
	_, _ = fmt.Fprintln(w, id, ok, session.Authenticates(key, encoded), right, err)
}
