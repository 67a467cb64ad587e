// Command probe does to the site's database what the tests of the database add-ons want done, and print what came of it.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"

	"mysite/internal/database"
	"mysite/internal/models"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2:]...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, command string, args ...string) error {
	db, err := database.Open(os.Getenv("DATABASE_URL"), database.Limits{})
	if err != nil {
		return err
	}
	defer database.CloseAll()
	questions := models.Questions{DB: db}
	switch command {
	case "ask": // a question
		_, err := questions.Ask(ctx, args[0], "yes", "no")
		return err
	case "exec": // a statement
		_, err := db.ExecContext(ctx, args[0])
		return err
	case "text": // of the questions
		all, err := questions.Latest(ctx, 100)
		for _, question := range all {
			fmt.Println(question.Text)
		}
		return err
	case "hold": // a transaction that is never committed
		return db.InTx(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, args[0]); err != nil {
				return err
			}
			fmt.Println("held")
			time.Sleep(time.Hour) // select {} ends a program in which nothing else goes on
			return nil
		})
	case "await": // until a query gives a row, or with "busy", until somebody writes to a sqlite file
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		look := func() bool {
			var row any
			return db.QueryRowContext(ctx, args[0]).Scan(&row) == nil
		}
		if args[0] == "busy" {
			db.SetMaxOpenConns(1)
			if _, err := db.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
				return err
			}
			look = func() bool {
				tx, err := db.BeginTx(ctx, nil)
				return err != nil || tx.Rollback() != nil
			}
		}
		for !look() && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond) // a database does not tell
		}
		return ctx.Err()
	}
	return fmt.Errorf("unknown command %q", command)
}
