// Package modules imports what the code of add-ons does, so that go.mod beside it is the one list of versions.
package modules

import (
	_ "github.com/alexedwards/scs/v2"                                   // sessions
	_ "github.com/go-sql-driver/mysql"                                  // mysql
	_ "github.com/jackc/pgx/v5/stdlib"                                  // postgres
	_ "github.com/pressly/goose/v3"                                     // database
	_ "github.com/pressly/goose/v3/lock"                                // database
	_ "github.com/prometheus/client_golang/prometheus"                  // observability
	_ "github.com/prometheus/client_golang/prometheus/collectors"       // observability
	_ "github.com/prometheus/client_golang/prometheus/promhttp"         // observability
	_ "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"   // observability
	_ "go.opentelemetry.io/otel"                                        // observability
	_ "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp" // observability
	_ "go.opentelemetry.io/otel/exporters/prometheus"                   // observability
	_ "go.opentelemetry.io/otel/metric/noop"                            // observability
	_ "go.opentelemetry.io/otel/sdk/metric"                             // observability
	_ "go.opentelemetry.io/otel/sdk/resource"                           // observability
	_ "go.opentelemetry.io/otel/sdk/trace"                              // observability
	_ "go.opentelemetry.io/otel/trace"                                  // observability
	_ "go.opentelemetry.io/proto/otlp/collector/trace/v1"               // observability
	_ "google.golang.org/protobuf/proto"                                // observability
	_ "modernc.org/sqlite"                                              // sqlite
)
