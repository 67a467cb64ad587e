// Package modules imports what the code of add-ons does, so that go.mod beside it is the one list of versions.
package modules

import (
	_ "github.com/alexedwards/scs/v2"    // sessions
	_ "github.com/go-sql-driver/mysql"   // mysql
	_ "github.com/jackc/pgx/v5/stdlib"   // postgres
	_ "github.com/pressly/goose/v3"      // database
	_ "github.com/pressly/goose/v3/lock" // database
	_ "modernc.org/sqlite"               // sqlite
)
