package mysite

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/labstack/echo/v5"
)

// routers are routers with URLs below a prefix of their own. Each is an http.Handler, and so one line of the URL table.
func routers() []route {
	chiRouter := chi.NewRouter()
	chiRouter.Get("/chi/hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "chi: %s", chi.URLParam(r, "name"))
	})
	chiRouter.Get("/chi/stream", stream)

	gorilla := mux.NewRouter()
	gorilla.HandleFunc("/gorilla/hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "gorilla: %s", mux.Vars(r)["name"])
	}).Methods("GET")
	gorilla.HandleFunc("/gorilla/stream", stream)

	gin.SetMode(gin.ReleaseMode)
	ginEngine := gin.New()
	ginEngine.GET("/gin/hello/:name", func(c *gin.Context) { c.String(http.StatusOK, "gin: %s", c.Param("name")) })
	ginEngine.GET("/gin/stream", gin.WrapF(stream))

	echoServer := echo.New()
	echoServer.GET("/echo/hello/:name", func(c *echo.Context) error {
		return c.String(http.StatusOK, "echo: "+c.Param("name"))
	})
	echoServer.GET("/echo/stream", echo.WrapHandler(http.HandlerFunc(stream)))

	return []route{
		{"GET /stream", stream},
		{"/chi/", chiRouter.ServeHTTP},
		{"/gorilla/", gorilla.ServeHTTP},
		{"/gin/", ginEngine.ServeHTTP},
		{"/echo/", echoServer.ServeHTTP},
	}
}

// around are the same routers with the project inside: below /site/, and for all that they have no route for.
func around(application http.Handler) map[string]http.Handler {
	below := http.StripPrefix("/site", application)

	chiRouter := chi.NewRouter()
	chiRouter.Get("/own", own)
	chiRouter.Mount("/site", below)
	chiRouter.Mount("/", application)

	gorilla := mux.NewRouter()
	gorilla.HandleFunc("/own", own)
	gorilla.PathPrefix("/site/").Handler(below)
	gorilla.PathPrefix("/").Handler(application)

	gin.SetMode(gin.ReleaseMode)
	ginEngine := gin.New()
	ginEngine.GET("/own", gin.WrapF(own))
	ginEngine.Any("/site/*path", gin.WrapH(below))
	ginEngine.NoRoute(func(c *gin.Context) {
		c.Status(http.StatusOK) // gin has set 404, which would be the status of each answer that sets none
		application.ServeHTTP(c.Writer, c.Request)
	})

	echoServer := echo.New()
	echoServer.GET("/own", echo.WrapHandler(http.HandlerFunc(own)))
	echoServer.Any("/site/*", echo.WrapHandler(below))
	echoServer.Any("/*", echo.WrapHandler(application))

	return map[string]http.Handler{"chi": chiRouter, "gorilla": gorilla, "gin": ginEngine, "echo": echoServer}
}

func own(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "the router's own") }

// proceed lets streams go on: their clients say so once they have the first line.
var proceed = make(chan struct{})

func stream(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	if err := control.SetWriteDeadline(time.Time{}); err != nil { // a stream may take longer than other answers
		panic(err)
	}
	_, _ = fmt.Fprintln(w, "first line")
	if err := control.Flush(); err != nil {
		panic(err)
	}
	select {
	case <-proceed:
	case <-r.Context().Done():
	}
	_, _ = fmt.Fprintln(w, "last line")
}
