/**
 * A program that asks BuildKit's own parser and linter about a Dockerfile: no daemon, no registry. Base images are taken for empty ones.
 * It prints BuildKit's own JSON and ends with 1 where there is an error or a warning.
 */
export const dockerfileLint = `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/opencontainers/go-digest"
)

type empty struct{}

func (empty) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, digest.FromString(ref), []byte(\`{"config":{}}\`), nil
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	sources := llb.NewSourceMap(nil, os.Args[1], "Dockerfile", text)
	sources.Definition, err = llb.Scratch().Marshal(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	results, err := dockerfile2llb.DockerfileLint(context.Background(), text, dockerfile2llb.ConvertOpt{
		MetaResolver: empty{},
		SourceMap:    sources,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	told := struct {
		Warnings any \`json:"warnings"\`
		Error    any \`json:"error,omitempty"\`
	}{Warnings: results.Warnings}
	if results.Error != nil {
		told.Error = results.Error.Message
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if results.Error != nil || len(results.Warnings) > 0 {
		os.Exit(1)
	}
}
`;
