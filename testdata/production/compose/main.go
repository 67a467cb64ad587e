// Command compose reads the compose.yaml of a directory as Docker Compose does, strictly, and prints what comes of it as JSON.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string) error {
	options, err := cli.NewProjectOptions(nil, cli.WithWorkingDirectory(dir), cli.WithDotEnv, cli.WithDefaultConfigPath)
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	content, err := project.MarshalJSON()
	if err == nil {
		_, err = os.Stdout.Write(content)
	}
	return err
}
